#!/usr/bin/perl

# Bodies, paths, queries and headers, those of traces too, carry secrets, each
# of its own; no log, metric, trace, Redis key, row of PostgreSQL or shared
# memory holds one afterwards.  Each place that is searched has a control.

use strict;
use warnings;
use lib 't/lib';

use File::Find qw(find);
use Partner::Test;
use Test::More;

my $calls = $ENV{CHAOS} ? 100_000 : 300;
my $secret = qr/c4n4ry\d{4}/;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};

my $partner = $p->partner;
my $key = $p->key($partner)->{fullKey};

# The answer holds what the body of the request did.
$t->write_file('answer.json', '{"email":"c4n4ry0000@example.com","n":1}');
$t->write_file('broken.json', '{"email":"c4n4ry0000@example.com","n":]');
mkdir($t->dir . '/control');
chmod(0777, $t->dir . '/control');

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    error_log %%PREFIX%%/error.log warn;
    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

    partner_zone zone=partners:4m;
    partner_journal %%DIR%%/usage.journal snapshots=%%DIR%% interval=1s;
    partner_slo all latency=100ms availability=99%;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier basic limit_mode=local;
    partner_limit_policy client rate=100000r/s burst=100000;
    partner_redact_profile personal email=mask;
    partner_safe_errors on;
    partner_trace pass;

    log_format safe '$request_method $partner_safe_uri $partner_safe_args '
        '$partner_id $partner_redactions $partner_auth_status $status '
        '$partner_trace_id $partner_span_id $partner_redaction_classes';
    access_log %%DIR%%/access.log safe;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        partner_limit client;
        partner_redact personal;
        proxy_cache answers;
        proxy_cache_key $partner_cache_key;
        proxy_cache_valid any 1h;

        location /answer { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location /broken { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location /away { proxy_pass http://127.0.0.1:%%PORT_8083%%; }
        location /api/ { proxy_pass http://%%PARTNERD%%; }

        location /pages/ {
            partner_auth off;
            partner_limit off;
            partner_redact off;
            location = /pages/metrics { partner_metrics; }
            location = /pages/json { partner_metrics json; }
            location = /pages/status { partner_status; }
            location = /pages/slo { partner_slo_status; }
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        access_log off;
        default_type application/json;
        location /answer { rewrite ^ /answer.json break; root %%DIR%%; }
        location /broken { rewrite ^ /broken.json break; root %%DIR%%; }
        error_page 405 =200 $uri;
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        partner_safe_errors off;
        access_log %%DIR%%/control/access.log;
        location / { proxy_pass http://127.0.0.1:%%PORT_8083%%; }
    }
}
EOC


# What is no trace is replaced by one.
sub _trace {
    my ($i, $c) = @_;
    return sprintf('00-%032x-%016x-01', $i, $i) if $i % 2;
    return "00-$c-$c-01";
}


sub one {
    my ($i) = @_;
    my $c = sprintf('c4n4ry%08d', $i);
    my $place = (qw(answer broken away api/partners))[$i % 4];

    return [$i % 3 ? 'GET' : 'POST',
        "/$place/$c\@example.com?email=$c%40example.com&$c", headers => {
            Authorization => $i % 10 ? "Bearer $key" : "Bearer sk_$c",
            Referer => "http://x/$c", Cookie => "a=$c", 'User-Agent' => $c,
            'X-Customer' => $c, traceparent => _trace($i, $c),
            tracestate => "ride=$c", 'Content-Type' => 'application/json'
        }, body => qq({"email":"$c\@example.com"})];
}


# Names of the files that hold a secret.
sub files {
    my @found;
    find({ no_chdir => 1, wanted => sub {
        push @found, $_ if -f && !/(?:answer|broken)\.json$/
            && !m{/postgres/data/} && $t->read_file($_) =~ $secret;
    } }, $t->dir);
    return @found;
}


sub keys_of_redis {
    my %read = (string => ['GET'], hash => ['HGETALL'], set => ['SMEMBERS'],
        zset => ['ZRANGE', 0, -1]);
    my $text = '';

    for my $name (@{$redis->command('KEYS', '*')}) {
        my ($verb, @rest) = @{$read{$redis->command('TYPE', $name)} or next};
        my $value = $redis->command($verb, $name, @rest) // '';
        $text .= join(' ', $name, ref $value ? @$value : $value) . "\n";
    }

    return $text;
}


sub rows {
    my $tables = $postgres->query(q(SELECT format('%I.%I', schemaname,
        tablename) FROM pg_tables WHERE schemaname NOT LIKE 'pg\_%'
        AND schemaname <> 'information_schema'));
    return join("\n", map { $postgres->query("SELECT t::text FROM $_ t") }
        split(/\n/, $tables));
}


sub shared_memory {
    no warnings 'portable'; # addresses have 64 bits
    my ($worker) = $nginx->workers;
    my $text = '';

    open(my $mem, '<:raw', "/proc/$worker/mem") or die "memory: $!";

    for (split(/\n/, $t->read_file("/proc/$worker/maps"))) {
        my ($from, $to) = /^([0-9a-f]+)-([0-9a-f]+) rw-s/ or next;
        my $part = '';
        sysseek($mem, hex $from, 0) or die "memory: $!";
        sysread($mem, $part, hex($to) - hex($from)) // die "memory: $!";
        $text .= $part;
    }

    return $text;
}


wait_until { $t->get_as($key, '/answer/x')->status == 200 };

# What is not JSON, a quarter of the calls, is refused; no call may be cut.
my ($served, $leaked, %statuses) = (0, 0);

for (my $i = 1; $i <= $calls; $i += 100) {
    my @calls = map { one($_) } $i .. $i + 99;

    for my $r ($t->parallel(\@calls, at_once => 20)) {
        $served++;
        $statuses{$r ? $r->status : 'cut'}++;
        $leaked++ if $r && $r->body =~ /c4n4ry0000@/;
    }
}

is $served, $calls, "$calls calls: " . join(', ',
    map { "$statuses{$_} x $_" } sort keys %statuses);
is $statuses{cut} // 0, 0, 'none of them was cut';
cmp_ok $statuses{502}, '>=', (grep { $_ % 4 == 1 && $_ % 10 } 1 .. $calls),
    'what is not JSON was refused';
ok $statuses{$_}, "some ended with $_" for qw(200 401 502);
is $leaked, 0, 'no answer had the secret of the upstream';
is_deeply [files()], [], 'no log, no cache, no file';

for my $page (qw(metrics json status slo)) {
    my $r = $t->get("/pages/$page");
    is $r->status, 200, "page $page";
    unlike $r->body, $secret, 'has none';
}

unlike keys_of_redis(), $secret, 'no key of Redis';
unlike rows(), $secret, 'no row of PostgreSQL';

my $memory = shared_memory();
ok index($memory, $partner) >= 0, 'shared memory was read';
ok $memory !~ $secret, 'and has none';

$t->get('/c4n4ry0001', port => 8082);
soon { join(' ', files()) =~ m{control/access\.log} }
    'control: a log as nginx has it is found';
like join(' ', files()), qr{error\.log}, 'and an error as nginx logs it';

$redis->command('HSET', 'planted', 'field', 'c4n4ry0002');
like keys_of_redis(), $secret, 'control: a key of Redis is found';
$postgres->query(q(CREATE TABLE planted AS SELECT 'c4n4ry0003' AS x));
like rows(), $secret, 'control: a row is found';
eval { $postgres->query("SELECT 'c4n4ry0004' FROM nowhere") };
soon { join(' ', files()) =~ m{postgres\.log} }
    "control: what PostgreSQL's log says is found";

done_testing;
