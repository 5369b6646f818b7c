package Bench::Platform;

# Where the management API is measured: PostgreSQL, Redis, partnerd and its
# worker, nginx in front, a partner with a thousand others beside it.

use strict;
use warnings;

use File::Temp qw(tempdir);
use JSON::PP ();
use Partner::Load;
use Partner::Test;

my $conf = <<'EOC';
%%GLOBALS_LOAD%%
load_module %%MODULE%%;
worker_processes 1;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:8m;
    partner_redis %%REDIS%%;

    upstream partnerd {
        server    %%PARTNERD%%;
        keepalive 128;
    }

    keepalive_requests 1000000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        proxy_http_version 1.1;
        proxy_set_header   Connection "";

        location /api/ {
            partner_auth key;
            proxy_pass   http://partnerd;
        }
    }
}
EOC

# Which triggers write what beside the row.
my %triggers = (audit => "p.proname = 'audit_change'",
    outbox => "p.proname LIKE '%\\_event'");


sub new {
    my ($class, $top) = @_;

    my $t = Partner::Test->new;
    my $keys = tempdir('partner-bench.XXXXXX', DIR => '/dev/shm', CLEANUP => 1);
    my $p = $t->partnerd(environment => { PARTNERD_SUBJECT_KEYS => $keys });
    my $self = bless { t => $t, p => $p, top => $top }, $class;

    $self->{partner} = $p->partner(partnerName => 'one', tier => 'gold');
    my $key = $p->key($self->{partner},
        scopes => ['read:*', 'write:*', 'manage:*']);
    @$self{qw(key client)} = @$key{qw(fullKey id)};
    $p->{postgres}->query("INSERT INTO partner.partners (name, type)
        SELECT 'p' || i, 'Data' FROM generate_series(1, 1000) i; ANALYZE");
    $self->{nginx} = $t->run($conf);

    Partner::Process::wait_until(sub {
        $t->get_as($self->{key}, '/api/keys')->status == 200
    }) or die "the partner's key does not work\n";

    return $self;
}


sub top { $_[0]{top} }
sub partner { $_[0]{partner} }
sub client { $_[0]{client} }
sub conninfo { $_[0]{p}{postgres}->conninfo }
sub file { $_[0]{t}->write_file(@_[1, 2]) }


# As long as what partnerd stores: nonce, tag and text in hexadecimal.
sub _sealed {
    return 'sealed:00000000-0000-4000-8000-000000000000:'
        . uc unpack('H*', 'n' x 12 . 't' x 16 . $_[0]);
}


# Name, address, body, statement, what its parameters are in pgbench.
sub rows {
    my ($self) = @_;
    my $partner = $self->partner;

    return (
        ['read one', "/api/partners/$partner", undef, 'partners.get',
            { 'path.partnerId' => $partner }],
        ['read list', '/api/keys?limit=20', undef, 'keys.list',
            { 'query.limit' => 20 }],
        ['write contact', "/api/partners/$partner/contacts",
            '{"contactName":"Ada","email":"ada@example.org",'
                . '"role":"Technical"}',
            'partners.addContact', { 'path.partnerId' => $partner,
                'subject.id' => \'gen_random_uuid()',
                'body.contactName' => _sealed('Ada'),
                'body.role' => 'Technical', 'body.isPrimary' => 'false',
                'body.email' => _sealed('ada@example.org') }],
        ['write key', '/api/keys', "{\"partnerId\":\"$partner\","
                . '"scopes":["read:leads"],"environment":"development"}',
            'keys.create', { 'body.partnerId' => $partner,
                'body.scopes' => '["read:leads"]',
                'body.environment' => 'development',
                'key.prefix' => 'sk_aaaaa', 'key.pepper' => 'plain',
                'key.digest'
                    => \"encode(sha256(random()::text::bytea), 'hex')" }],
    );
}


# Microseconds of processor that these have spent so far; `client` is whoever
# asked, and has ended by now.
sub _spent {
    my ($self) = @_;
    my $postgres = $self->{p}{postgres}->process->pid;
    my ($worker) = $self->{nginx}->workers;

    return (nginx => _cpu_us($worker),
        partnerd => _cpu_us($self->{p}{serve}->pid),
        postgres => _cpu_us(_children($postgres)) + _ended_us($postgres),
        client => _ended_us($$));
}


sub _children {
    my ($pid) = @_;

    open(my $fh, '<', "/proc/$pid/task/$pid/children") or die "children: $!\n";
    return split ' ', <$fh>;
}


sub _cpu_us {
    my $sum = 0;

    # /proc/PID/schedstat alone would be its first thread's.
    for my $thread (map { glob("/proc/$_/task/*/schedstat") } @_) {
        open(my $fh, '<', $thread) or next;
        my $spent = <$fh> // next; # it ended meanwhile
        $sum += (split ' ', $spent)[0] / 1000;
    }

    return $sum;
}


# Of the children that it has had, in steps of 10 ms (proc(5): cutime, cstime).
sub _ended_us {
    my ($pid) = @_;

    open(my $fh, '<', "/proc/$pid/stat") or die "stat: $!\n";
    my @after = split ' ', <$fh> =~ s/^.*\) //r;
    return 1e4 * ($after[13] + $after[14]);
}


# What each of them spends while this runs; its value is how many calls it was.
sub spend {
    my ($self, $code) = @_;
    my @living = _children($self->{p}{postgres}->process->pid);
    my %before = $self->_spent;
    my $n = $code->();

    # Connections that it had are gone a moment later.
    Partner::Process::wait_until(sub {
        _children($self->{p}{postgres}->process->pid) <= @living
    }, 2);

    my %after = $self->_spent;
    return map { $_ => ($after{$_} - $before{$_}) / $n } keys %before;
}


# The status of one such call.
sub status {
    my ($self, $uri, $body) = @_;

    return $self->{t}->request(defined $body ? 'POST' : 'GET', $uri,
        headers => { Authorization => "Bearer $self->{key}",
            'Content-Type' => 'application/json' }, body => $body)->status;
}


# One cell: 100 connections for so long.
sub load {
    my ($self, $seconds, $uri, $body) = @_;
    my $tally;

    my %spent = $self->spend(sub {
        $tally = Partner::Load->start($self->{t}, uri => $uri,
            port => $self->{t}->port(8080), connections => 100, body => $body,
            keys => [$self->{key}], seconds => $seconds)->tally;
        return $tally->{calls};
    });

    my ($status) = keys %{$tally->{status}};
    die "$uri: " . JSON::PP::encode_json($tally) . "\n"
        if $tally->{dropped} || keys %{$tally->{status}} != 1
            || $status !~ /^2/;

    return { %spent, rate => $tally->{calls} / $tally->{elapsed_us} * 1e6,
        p50 => $tally->{p50_us} / 1000, p95 => $tally->{p95_us} / 1000 };
}


# Relay and audit trail rest, and find all that was written meanwhile.
sub rest { $_[0]{p}{work}->signal('STOP') }
sub wake { $_[0]{p}{work}->signal('CONT') }


# What the last cell left for the worker to do is not the next one's; nor are
# plans for tables that were empty once.
sub settle {
    my ($self) = @_;

    $self->wake;
    Partner::Process::wait_until(sub {
        $self->{p}{postgres}->query("SELECT count(*) = 0 FROM partner.outbox
            WHERE relayed_at IS NULL AND topic IN ('credential', 'client',
                'revocation', 'partner_credentials')") eq 't'
            && $self->{p}{postgres}->query("SELECT count(*) = 0
                FROM partner.audit WHERE position IS NULL") eq 't'
    }, 300) or die "the worker does not come to an end\n";

    $self->{p}{postgres}->query($_) for qw(ANALYZE CHECKPOINT);
}


sub _triggers {
    my ($self, $what, $which) = @_;

    $self->{p}{postgres}->query("DO \$\$ DECLARE t record; BEGIN
        FOR t IN SELECT g.tgname, g.tgrelid::regclass AS of FROM pg_trigger g
                 JOIN pg_proc p ON p.oid = g.tgfoid
                 WHERE NOT g.tgisinternal AND $triggers{$which} LOOP
            EXECUTE format('ALTER TABLE %s $what TRIGGER %I', t.of, t.tgname);
        END LOOP; END \$\$");
}


sub _row_security {
    my ($self, $what) = @_;

    $self->{p}{postgres}->query("DO \$\$ DECLARE t regclass; BEGIN
        FOR t IN SELECT c.oid::regclass FROM pg_class c
                 WHERE c.relnamespace = 'partner'::regnamespace
                   AND c.relkind = 'r' AND c.oid IN
                       (SELECT polrelid FROM pg_policy) LOOP
            EXECUTE format('ALTER TABLE %s $what ROW LEVEL SECURITY', t);
        END LOOP; END \$\$");
}


# Takes it away, beside what is away already.
sub without {
    my ($self, $what) = @_;

    return $self->_row_security('DISABLE') if $what eq 'rowSecurity';
    return $self->_triggers('DISABLE', $what);
}


sub whole {
    my ($self) = @_;

    $self->_triggers('ENABLE', $_) for keys %triggers;
    $self->_row_security('ENABLE');
}


# What partnerd holds.
sub used {
    my ($self) = @_;

    open(my $fh, '<', '/proc/' . $self->{p}{serve}->pid . '/status')
        or die "status: $!\n";
    my $status = do { local $/; <$fh> };
    my %kb = $status =~ /^(VmRSS|VmHWM):\s+(\d+) kB/mg;

    return { partnerdMb => sprintf('%.1f', $kb{VmRSS} / 1024) + 0,
        partnerdPeakMb => sprintf('%.1f', $kb{VmHWM} / 1024) + 0,
        databaseConnections => $self->{p}{postgres}->query("SELECT count(*)
            FROM pg_stat_activity WHERE application_name = 'partnerd'
              AND backend_type = 'client backend'") + 0 };
}


1;
