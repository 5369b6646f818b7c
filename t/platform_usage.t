#!/usr/bin/perl

# Usage: absolute values arrive twice, late, in parts or after a crash, and
# are counted once.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

use constant MANY => 20_000; # counters of one gateway

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};

my $gateway = '00112233445566aa';
my $hour = int(time() / 3600);
my $partner = $p->request('POST', '/api/partners', body => encode_json({
    partnerName => 'p', partnerType => 'Data' }))->json->{data}{id};
my $field = "$hour/$partner/app_1/-/ok";


sub publish {
    my ($incarnation, %fields) = @_;
    $redis->command('HSET', "partner:usage:$incarnation", %fields);
    $redis->command('SADD', 'partner:gateways', $incarnation);
}


sub confirmed {
    my ($incarnation, $name) = @_;
    return $redis->command('HGET', "partner:confirmed:$incarnation", $name)
        // '';
}


sub stored {
    return $postgres->query('SELECT calls, request_bytes, response_bytes,
        upstream_us FROM partner.usage_counters WHERE outcome = \'ok\'');
}


sub taken { $redis->command('EXISTS', "partner:taken:$_[0]") }


publish($gateway, $field => '10 100 1000 5');
soon { confirmed($gateway, $field) eq '10 100 1000 5' } 'confirmed';
is stored(), '10|100|1000|5', 'stored';
is taken($gateway), 0, 'nothing is left taken';
cmp_ok $redis->command('TTL', "partner:confirmed:$gateway"), '>', 0,
    'a confirmation does not stay for ever';

# Each of these waits for a second counter, published with it, to be
# confirmed: the first one was then looked at too.
my $marks = 0;


sub settle {
    my (%fields) = @_;
    my $mark = "$hour/mark/-/-/refused";
    my $value = ++$marks . ' 0 0 0';
    publish($gateway, $mark => $value, %fields);
    soon { confirmed($gateway, $mark) eq $value } 'published';
}


settle($field => '10 100 1000 5');
is stored(), '10|100|1000|5', 'the same again changes nothing';
settle($field => '7 200 900 5');
is stored(), '10|200|1000|5', 'an older value takes nothing away';
is confirmed($gateway, $field), '10 200 1000 5', 'what is stored is confirmed';
settle($field => '12 210 1100 6');
is stored(), '12|210|1100|6', 'a newer one counts';

# A gateway that says what was promised.
my $promise = "$hour/$partner/app_1/-/refused/gold/200";
settle($promise => '5 1 1 0 3 2');
is confirmed($gateway, $promise), '5 1 1 0 3 2', 'with its promise';
settle($promise => '6 1 1 0 2 3');
is confirmed($gateway, $promise), '6 1 1 0 3 3', 'which only grows as well';
settle("$hour/$partner/app_1/-/aborted" => '1 1 1 1 0 0');
is confirmed($gateway, "$hour/$partner/app_1/-/aborted"), '1 1 1 1',
    'a life of the version before is confirmed in its own form';
$postgres->query("DELETE FROM partner.usage_counters
    WHERE outcome <> 'ok' AND partner <> 'mark'");

# ---- what no counter is ----

my @broken = ("$hour/$partner/app_1/-/great", "$hour/$partner/-/ok",
    "0$hour/$partner/-/-/ok", "$hour/a b/-/-/ok", "$hour/$partner/-/-/ok/x",
    "99999999/$partner/-/-/ok", "/$partner/-/-/ok", 'x', '',
    "$hour//-/-/ok", "$hour/" . 'a' x 129 . '/-/-/ok');

settle((map { $_ => '1 2 3 4' } @broken),
    "$hour/$partner/values/-/ok" => '1 2 3',
    "$hour/$partner/values/-/aborted" => '1 2 3 -4',
    "$hour/$partner/values/-/refused" => '1 2 3 99999999999999999999',
    "$hour/$partner/values/-/client_error" => "1 2 3 4\n");
is stored(), '12|210|1100|6', 'what is malformed is skipped';
is $postgres->query('SELECT count(*) FROM partner.usage_counters'), 2,
    'and nothing of it stored';
like $t->read_file('partnerd/work.log'),
    qr/"usage_malformed".*"fields":"@{[@broken + 4]}"/, 'but counted';

settle("$hour/NULL/NULL/NULL/ok" => '1 1 1 1');
is $postgres->query("SELECT count(*) FROM partner.usage_counters
    WHERE partner = 'NULL'"), 1, 'an unknown partner counts, even named NULL';

# ---- a crash between taking and storing ----

$p->{work}->stop('KILL');
$redis->command('HSET', "partner:taken:$gateway", $field => '20 300 2000 9');
publish($gateway, $field => '25 400 3000 10',
    "$hour/$partner/app_2/-/server_error" => '1 1 1 1');
$p->work;
soon { confirmed($gateway, $field) eq '25 400 3000 10' }
    'what a crash left is taken, and what came since';
is taken($gateway), 0, 'in turn';

# ---- another incarnation of the gateway counts from nothing ----

publish('ffffffffffffffff', $field => '5 5 5 5');
soon { confirmed('ffffffffffffffff', $field) } 'a new incarnation';
publish('not-an-incarnation', $field => '5 5 5 5');
settle();
is $redis->command('EXISTS', 'partner:usage:not-an-incarnation'), 1,
    'what is none is left alone';

my $usage = $p->request('GET', "/api/partners/$partner/usage")->json->{data};
is $usage->{totals}{calls}, 31, 'incarnations add up';
is_deeply $usage->{totals}{byOutcome}, { ok => 30, server_error => 1 },
    'by outcome';
is $usage->{totals}{billableCalls}, 30, 'what is billable';
is scalar @{$usage->{hours}}, 2, 'by hour and outcome';
is $p->request('GET', "/api/partners/$partner/usage?to=2020-01-01T00:00:00Z"
    . '&from=2019-12-01T00:00:00Z')->json->{data}{totals}{calls}, 0,
    'in the hours asked for';
my $backward = $p->request('GET', "/api/partners/$partner/usage"
    . '?from=2020-01-01T01:00:00Z&to=2020-01-01T00:00:00Z');
is $backward->code, 'invalid_parameter', 'no period ends before it begins';
is $backward->json->{errors}[0]{parameter}, 'from', 'which is named';
for my $wrong (['from', '2020-01-01T00:30:00Z', '2020-01-01T02:00:00Z'],
    ['to', '2020-01-01T00:00:00Z', '2020-01-01T00:00:00.5Z']) {
    my ($name, $from, $to) = @$wrong;
    my $r = $p->request('GET',
        "/api/partners/$partner/usage?from=$from&to=$to");
    is $r->code, 'invalid_parameter', "$name within an hour";
    is_deeply $r->json->{errors}, [{ parameter => $name, detail =>
        'must be the begin of an hour of UTC: calls are counted by the hour' }],
        'which is named';
}
is $p->request('GET', "/api/partners/$partner/usage"
    . '?from=2020-01-01T05:30:00%2B05:30&to=2020-01-01T01:00:00Z')->status, 200,
    'an hour of UTC, however it is written';
like $usage->{to}, qr/T\d\d:00:00\+00:00\z/, 'nor does one end within an hour';
is $p->request('GET', "/api/partners/$partner/usage",
    as => {partner => $partner, scopes => 'read:*'})->json->{data}
    ->{totals}{calls}, 31, 'a partner sees its own';

# ---- more than one statement is to take ----

$postgres->query('CREATE TABLE partner.stored (n bigint);
    GRANT ALL ON partner.stored TO PUBLIC;
    CREATE FUNCTION partner.told() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO partner.stored SELECT count(*) FROM new; RETURN NULL; END
    $$;
    CREATE TRIGGER told AFTER INSERT ON partner.usage_counters
        REFERENCING NEW TABLE AS new EXECUTE FUNCTION partner.told()');
my ($many, $all) = ('00000000000000cc', MANY);

for (1 .. MANY / 1000) {
    my %fields = map { ("$hour/many-" . $all-- . '/-/-/ok' => '1 1 1 1') }
        1 .. 1000;
    $redis->command('HSET', "partner:usage:$many", %fields);
}

$redis->command('SADD', 'partner:gateways', $many);
soon { $postgres->query("SELECT count(*) FROM partner.usage_counters
    WHERE incarnation = '$many'") == MANY } 'all of a gateway is stored';
soon { !taken($many) } 'and no more taken';
is $redis->command('HLEN', "partner:confirmed:$many"), MANY, 'and confirmed';
cmp_ok $postgres->query('SELECT max(n) FROM partner.stored'), '<', MANY / 2,
    'in parts';
$postgres->query('DROP TABLE partner.stored;
    DROP TRIGGER told ON partner.usage_counters');

# ---- what PostgreSQL refuses, of either of two gateways ----

$postgres->query("ALTER TABLE partner.usage_counters
    ADD CONSTRAINT refused CHECK (partner <> 'refused')");
my @two = ('00000000000000aa', '00000000000000bb');

for my $bad (@two) {
    my ($good) = grep { $_ ne $bad } @two;
    my $counter = "$hour/mark/$bad/-/refused";

    publish($bad, "$hour/refused/-/-/ok" => '1 1 1 1');
    soon { taken($bad) } "$bad cannot be stored";
    publish($good, $counter => '1 1 1 1');
    soon { confirmed($good, $counter) } 'which holds up no other';
    ok taken($bad), 'and is kept';
    $redis->command('DEL', "partner:taken:$bad");
}

$postgres->query('ALTER TABLE partner.usage_counters DROP CONSTRAINT refused');

# ---- what is no hash: Redis says so, and the others go on ----

for my $n (0 .. 7) {
    my $odd = "0dd000000000000$n";
    $redis->command('SET', "partner:usage:$odd", 'no hash');
    $redis->command('SADD', 'partner:gateways', $odd);
}

my @others = map { "0000000000000ee$_" } 0 .. 7;
publish($_, "$hour/mark/$_/-/refused" => '1 1 1 1') for @others;
soon { @others == grep { confirmed($_, "$hour/mark/$_/-/refused") } @others }
    'no other is held up';
like $t->read_file('partnerd/work.log'),
    qr/"usage_unreadable","incarnation":"0dd0000000000000","reason":"WRONGTYPE/,
    'and the log names it';
$redis->command('DEL', map { "partner:taken:0dd000000000000$_" } 0 .. 7);

# ---- PostgreSQL away ----

$postgres->stop('INT');
publish($gateway, $field => '30 500 4000 11');
is confirmed($gateway, $field), '25 400 3000 10',
    'nothing is confirmed while PostgreSQL is away';
$postgres->start;
soon { confirmed($gateway, $field) eq '30 500 4000 11' }
    'stored once it is back';

# ---- Redis wiped ----

$redis->kill;
$redis->start;
publish($gateway, $field => '31 500 4000 11');
soon { confirmed($gateway, $field) eq '31 500 4000 11' }
    'a Redis that lost all is filled by the gateways again';

done_testing;
