#!/usr/bin/perl

# The demonstration: it shows what it should, ends what it started and nothing
# else, and says clearly why it does not start.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Partner::Ports;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $run = $t->dir . "/a run's";
my ($http, $tls) = ($t->port('HTTP'), $t->port('TLS'));


sub tool {
    my ($name, %env) = @_;

    Partner::Ports::release($http, $tls);
    local %ENV = (%ENV, %{$t->environment(0)}, RUN_DIR => $run, TOP => $t->top,
        PORT_HTTP => $http, PORT_TLS => $tls, ONESHOT => 1, %env);

    open(my $pipe, '-|', "$name 2>&1") or die "$name: $!";
    my $said = do { local $/; <$pipe> } // '';
    close($pipe);

    return ($? >> 8, $said);
}


# By a shell, which quotes: the checkout may be in a directory with blanks.
sub run { return tool(q("$TOP/tools/run"), @_) }
sub stop { return tool(q("$TOP/tools/stop"), @_) }


# `make clean` of a checkout that has nothing but this run in its build/.
sub clean {
    my $checkout = $t->dir . '/checkout';

    mkdir($_) or die "$_: $!" for $checkout, "$checkout/build";
    symlink($t->top . "/$_", "$checkout/$_") for 'Makefile', 'tools';
    symlink($run, "$checkout/build/run");

    my @said = tool("make -C $checkout clean");
    ok !-e "$checkout/build", 'make clean removes build/';
    return @said;
}


sub listening {
    my ($port) = @_;
    return IO::Socket::INET->new("127.0.0.1:$port") ? 1 : 0;
}


# Nobody may be there to reap an orphan that ended.
sub lives {
    my ($pid) = @_;
    open(my $fh, '<', "/proc/$pid/stat") or return 0;
    return (<$fh> // '') !~ /\) Z /;
}


# Whether an answer has all that docs/lifecycle.md shows of it; "..." is any
# value that is there.
sub shows {
    my ($want, $got) = @_;

    return ref $got eq 'HASH' && !grep { !exists $got->{$_}
        || !shows($want->{$_}, $got->{$_}) } keys %$want
        if ref $want eq 'HASH';
    return ref $got eq 'ARRAY' && @$got == @$want
        && !grep { !shows($want->[$_], $got->[$_]) } 0 .. $#$want
        if ref $want eq 'ARRAY';
    return !defined $got if !defined $want;
    return defined $got && ($want eq '...' || $got eq $want);
}


# One bash does what each ```sh of it has; the ```json that follows is shown.
sub lifecycle {
    my $text = $t->read_file($t->top . '/docs/lifecycle.md');
    my (@calls, $script);

    $text =~ s{build/run/}{"$run"/}g;

    while ($text =~ /^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```\n)?/msg) {
        push @calls, [$1, $2];
        $script .= "{ $1} >step.$#calls\n";
    }

    $t->write_file('lifecycle.sh', $script);
    my $dir = $t->dir;
    system("cd '$dir' && bash lifecycle.sh 2>lifecycle.txt");
    cmp_ok scalar @calls, '>', 20, 'docs/lifecycle.md: its calls';

    for my $n (grep { defined $calls[$_][1] } 0 .. $#calls) {
        my ($call, $want) = @{$calls[$n]};
        my $said = $t->read_file("step.$n");
        ok shows(decode_json($want), eval { decode_json($said) }),
            'lifecycle: ' . ($call =~ /^(.*)/)[0]
            or diag "$said\n" . $t->read_file('lifecycle.txt');
    }
}


# Process ids that the run wrote down, by name.
sub pids {
    my %pids;

    for my $file (glob qq("$run/pids/*")) {
        my ($name) = $file =~ m{([^/]+)$};
        ($pids{$name}) = split(/ /, $t->read_file($file));
    }

    return %pids;
}


# Services read what is made for them, however private the caller is, and
# nothing that was meant for another database.
my $umask = umask(077);
my ($status, $said) = run(PGSERVICE => 'nowhere', PGHOST => 'nowhere',
    PGOPTIONS => '-c search_path=nowhere', PGDATA => '/nowhere',
    PARTNERD_READERS => 'many', NGINX => 'x', REDISCLI_AUTH => 'x');
umask($umask);
is $status, 0, 'every call answered as it should' or diag $said;
like $said, qr/^(\d+) calls, 0 of them not as they should$/m, 'and it says so';
cmp_ok +($said =~ /^(\d+) calls/m)[0], '>=', 20, 'twenty calls or more';
like $said, qr/rider\.email \*\*\*/, 'a redacted field';
like $said, qr/Retry-After: \d+, reset 20\d\d-/, 'honest limit headers';
like $said, qr/the report's signature fits/, 'a signed report';
unlike $said, qr/sk_[0-9A-Za-z]{20}/, 'no whole key on the terminal';
ok !-e "$run/pids" && !-e "$run/private" && !-e "$run/demo.env",
    'nothing is left but logs';
unlike $t->read_file("a run's/log/nginx.log"), qr/has no room/,
    'the zone has room for all that is configured';
ok !listening($http) && !listening($tls), 'nobody listens any more';


# What is wrong is said before anything is started.
my $other = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
    or die "no port: $!";

my $taken = $other->sockport;
my $used = "port $taken cannot be used: Address already in use";

for (
    [{ PORT_HTTP => $taken }, qr/$used.*PORT_HTTP=/],
    [{ PORT_TLS => $taken }, qr/$used.*PORT_TLS=/],
    [{ PORT_TLS => $http }, qr/PORT_HTTP and PORT_TLS are both $http/],
    [{ PORT_HTTP => 'x' }, qr/PORT_HTTP=x is no port; allowed: 1 to 65535/],
    [{ PORT_HTTP => 65536 }, qr/PORT_HTTP=65536 is no port/],
    [{ RUN_DIR => "$run & more" },
        qr{run directory is .* more; nginx needs it without}],
    [{ PARTNER_BUILD => '/nowhere' },
        qr{/nowhere/partnerd is missing; make}],
) {
    my ($env, $message) = @$_;
    my $name = join(' ', %$env);

    ($status, $said) = run(%$env);
    is $status, 1, "$name: status";
    like $said, $message, "$name: message";
    ok !-e "$run/pids", "$name: nothing was started";
}

is_deeply [stop()], [0, "nothing runs in $run\n"], 'nothing to stop';


# A run that stays up, and another that must not begin beside it.
{
    local %ENV = (%ENV, %{$t->environment(0)}, RUN_DIR => $run, TOP => $t->top,
        PORT_HTTP => $http, PORT_TLS => $tls, ONESHOT => '', KEEP => 1);
    Partner::Ports::release($http, $tls);

    our $process = Partner::Process->start(name => 'run', dir => $t->dir,
        log => $t->dir . '/stay.txt', argv => [$t->top . '/tools/run']);
}

my $stay = our $process;
$stay->wait_ready(sub {
    return -e $t->dir . '/stay.txt'
        && $t->read_file('stay.txt') =~ /It stays up/;
}, 120);

is +(stat "$run/demo.env")[2] & 07777, 0600, 'keys are in a private file';

my ($key) = $t->read_file("$run/demo.env") =~ /^GOLD_KEY=(\S+)$/m;
is $t->get_as($key, '/v1/rides/ride_000003', port => 'HTTP')->status, 200,
    'a key from it works';

lifecycle();

($status, $said) = run();
is $status, 1, 'a second run is refused';
like $said, qr/one is running in \Q$run\E already \(pid @{[$stay->pid]}\)/,
    'and names the first';
ok $stay->running && listening($http), 'which goes on';


# A crash: the run is killed, and nginx' master as well.
my %pids = pids();
is_deeply [sort keys %pids],
    [qw(nginx postgres redis run sandbox serve work)], 'all are written down';

for my $uri ('/api/ready', '/api/health') {
    my $r = $t->request($uri =~ /ready/ ? 'POST' : 'PROPFIND', $uri,
        port => 'HTTP');
    is $r->status . ' ' . ($r->code // ''), '405 method_not_allowed',
        "$uri: another method";
    like $r->header('Allow') // '', qr/^GET, HEAD/, 'and which it may be';
}

# Who is elsewhere may ask what Prometheus is to ask from outside, and no more.
my ($probe) = $t->read_file($t->top . '/conf/prometheus/prometheus.yml')
    =~ m{https://api\.example\.com(/\S+)"};

for ([$probe, 200], ['/api/ready', 403]) {
    my ($uri, $status) = @$_;
    is $t->curl('--interface', '127.0.0.2', "http://127.0.0.1:$http$uri")
        ->status, $status, "$uri from elsewhere";
}

# While the platform is away its pages say so, as any of its operations does.
kill('TERM', $pids{serve});
wait_until { !lives($pids{serve}) };

for my $uri ('/api/health', '/api/ready') {
    my $r = $t->get_as($key, $uri, port => 'HTTP');
    is $r->status . ' ' . $r->code, '503 service_unavailable',
        "$uri without the platform";
}

soon { $t->read_file('stay.txt') =~ /^serve ended; the others go on/m }
    'KEEP=1: the run tells that a service was killed';
is $t->get_as($key, '/v1/rides/ride_000003', port => 'HTTP')->status, 200,
    'and serves partners on';

kill('KILL', $pids{nginx}, $stay->pid);
wait_until { !$stay->running };
ok listening($http), 'orphaned workers serve on';

# One pid was given to someone else meanwhile.
my $stranger = Partner::Process->start(name => 'stranger', dir => $t->dir,
    log => $t->dir . '/stranger.log', argv => ['sleep', 1000]);
kill('TERM', $pids{sandbox});
wait_until { !lives($pids{sandbox}) };
my $written = $t->read_file("$run/pids/sandbox");
$written =~ s/^\d+/$stranger->pid/e;
$t->write_file("a run's/pids/sandbox", $written);

($status, $said) = clean();
is $status, 0, 'make clean after a crash' or diag $said;
like $said, qr/^stopped$/m, 'which stops before it removes';
ok !listening($http), 'workers are gone';
is_deeply [grep { lives($_) } values %pids], [],
    'and all others';
ok $stranger->running, 'a stranger with a pid of ours lives';
ok !-e "$run/pids" && !-e "$run/private", 'nothing is left';
$stranger->stop;

done_testing;
