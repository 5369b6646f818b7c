#!/usr/bin/perl

# A long day of partnerd behind the gateway: reads, lists, writes, and what is
# refused for each reason.  After the first round its memory, its files and its
# connections to PostgreSQL are as they were, however many calls follow.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use List::Util qw(sum0);
use Partner::Key qw(new_key);
use Partner::Load;
use Partner::Process;
use Partner::Test;
use Test::More;

use constant {
    CALLS => $ENV{CHAOS} ? $ENV{CALLS} || 1_000_000 : 6_000, # in all
    ROUNDS => $ENV{CHAOS} ? 10 : 3,
    MOST => 100 * 1024, # KB that a process may have resident
    GROWTH => 4 * 1024, # KB more than after the first round
    CONNECTIONS => 4,   # of each load
    KEPT => 8,          # connections that nginx keeps to partnerd
};

my $t = Partner::Test->new;
# Its files are counted, which only root may do otherwise.
my $p = $t->partnerd(environment => { PARTNERD_DUMPABLE => 1 });
my $admin = $p->admin_key;
my $partner = $p->partner(tier => 'gold');
my $application = $p->made('/api/applications', { partnerId => $partner,
    appName => 'a', permissions => ['read:leads'] })->{id};
my $maker = $p->partner(tier => 'gold');
my $revoked = $p->key($maker)->{id};
my $key = $p->key($partner, scopes => ['read:*', 'manage:*'])->{fullKey};
$p->{postgres}->query("INSERT INTO partner.partners (name, type)
    SELECT 'p' || i, 'Data' FROM generate_series(1, 100) i");

my $nginx = $t->run(<<"EOC");
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    upstream partnerd {
        server    %%PARTNERD%%;
        keepalive @{[KEPT]};
    }

    keepalive_requests   1000000;
    client_max_body_size 2m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        proxy_http_version 1.1;
        proxy_set_header   Connection "";

        location /api/ {
            partner_auth key;
            proxy_pass   http://partnerd;
        }

        # Sent again, and sent for the first time.
        location = /again {
            partner_auth key;
            proxy_set_header Connection      "";
            proxy_set_header Idempotency-Key soak-soak-soak-soak;
            proxy_pass   http://partnerd/api/partners;
        }

        location = /once {
            partner_auth key;
            proxy_set_header Connection      "";
            proxy_set_header Idempotency-Key \$request_id;
            proxy_pass   http://partnerd/api/keys;
        }
    }
}
EOC

# Percent of all calls, the status that all of a kind get, and the call.
my @mix = (
    [23, 200, "/api/partners/$partner"],
    [1, 200, "/api/partners/$partner", method => 'PUT',
        body => encode_json({ partnerName => 'soaked' })],
    [2, 200, "/api/keys/$revoked", method => 'DELETE'],
    [2, 201, '/again', body => encode_json({ partnerName => 'a',
        partnerType => 'Data' })],
    [2, 201, '/once', body => encode_json({ partnerId => $maker,
        scopes => ['read:leads'] })],
    [15, 200, '/api/partners?limit=20&status=Pending'],
    [10, 200, '/api/keys?limit=10', key => $key],
    [5, 200, '/api/openapi.json'],
    [8, 200, "/api/applications/$application", method => 'PUT',
        body => encode_json({ appName => 'a',
        description => 'x' x 500, permissions => ['read:leads'] })],
    [2, 201, "/api/partners/$partner/contacts", body => encode_json({
        contactName => 'Ada', email => 'ada@x.example', role => 'Legal' })],
    [8, 422, '/api/partners', body => '{"partnerName":1,"x":[1,2,3]}'],
    [5, 400, '/api/partners', body => '{"partnerName":'],
    [1, 422, '/api/partners', body => '[' . '1,' x 700 . '1]'],
    [5, 400, '/api/partners?limit=0&nonsense=1&cursor=x'],
    [5, 403, '/api/audit', key => $key],
    [3, 404, "/api/keys/$partner"],
    [3, 404, '/api/nothing'],
);

is sum0(map { $_->[0] } @mix), 100, 'the mix is whole';

soon { !grep { $t->get_as($_, '/api/keys')->status != 200 } $admin, $key }
    'both keys are known';


# ---- what must stay ----

sub of_process {
    my ($process) = @_;
    my $pid = $process->pid;
    my ($kb) = $t->read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m;

    return { memory => $kb, files => scalar(() = glob("/proc/$pid/fd/*")) };
}


sub state_of {
    return { map { $_ => of_process($p->{$_}) } qw(serve work) };
}


sub connections {
    return $p->{postgres}->query("SELECT count(*) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
}


# All kinds at once, each to its end.
sub round {
    my ($n) = @_;

    my @loads = map {
        my ($percent, undef, $uri, %o) = @$_;
        my $as = delete $o{key} || $admin;
        Partner::Load->start($t, port => $t->port(8080), uri => $uri,
            keys => [$as], connections => CONNECTIONS,
            calls => CALLS / ROUNDS * $percent / 100, %o)
    } @mix;
    my @wrong;

    for my $i (0 .. $#mix) {
        my $tally = $loads[$i]->tally;
        my @status = sort keys %{$tally->{status}};

        push @wrong, "$mix[$i][2]: " . Partner::Load::line($tally)
            if "@status" ne $mix[$i][1] || $tally->{dropped};
        $n += $tally->{calls};
    }

    is_deeply \@wrong, [], "$n calls, each answered as it should be";

    return $n;
}


my $calls = round(0);
my $warm = state_of();
my $connections = connections();
my %course = map { $_ => [$warm->{$_}{memory}] } keys %$warm;

for (2 .. ROUNDS) {
    $calls = round($calls);
    push @{$course{$_}}, of_process($p->{$_})->{memory} for keys %course;
}

soon { connections() == $connections } 'as many connections to PostgreSQL';

for my $name (qw(serve work)) {
    soon { of_process($p->{$name})->{files} <= $warm->{$name}{files} }
        "$name: as many files";

    my $memory = $course{$name}[-1];
    cmp_ok $memory, '<=', $warm->{$name}{memory} + GROWTH,
        "$name: memory as after the first round";
    cmp_ok $memory, '<', MOST, 'and not much of it';
    diag(sprintf('%s: %d files; KB after each of %d rounds of %d calls: %s',
        $name, $warm->{$name}{files}, ROUNDS, CALLS / ROUNDS,
        join(' ', @{$course{$name}})));
}

diag("$connections connections to PostgreSQL");

done_testing;
