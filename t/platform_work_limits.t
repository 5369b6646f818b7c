#!/usr/bin/perl

# What the worker asks of the database has an end: while somebody holds the
# tables, each job gives way and comes again, says so once, and loses nothing.

use strict;
use warnings;
use lib 't/lib';

use IO::Handle;
use JSON::PP;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant {
    DEADLINE => 30, # seconds: when the worker itself gives up
    SAYS => 60,     # until a cause is said again
    FAILS => 3,     # more, before what was said is looked at
};

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my ($postgres, $redis) = @$p{qw(postgres redis)};

# ---- something to do for each job ----

my $partner = $p->partner;
my $key = $p->key($partner);
my $contact = $p->made("/api/partners/$partner/contacts", {
    contactName => 'Kim', email => 'kim@metro.example',
    role => 'Technical' })->{id};
$p->made('/api/erasures', { subjectId => $contact, reason => 'asked' });


sub use_it {
    my $hour = int(time() / 3600);
    $redis->command('HSET', 'partner:usage:00112233445566aa',
        "$hour/$partner/app_1/-/ok/gold/200" => '10 100 1000 5 10 9');
    $redis->command('SADD', 'partner:gateways', '00112233445566aa');
}


use_it();
$redis->command('HSET', 'partner:used', $key->{id}, int(time()));

# What is left of it: a query each, which counts to 0.
my %left = (
    relay => 'outbox WHERE relayed_at IS NULL
        AND topic IN (\'credential\', \'client\', \'partner_credentials\')',
    intake => '(SELECT count(*) AS n FROM usage_counters) c WHERE n = 0',
    used => 'api_keys WHERE last_used_at IS NULL AND partner_id IS NOT NULL',
    audit => 'audit WHERE position IS NULL',
    shred => 'erasures WHERE destroyed_at IS NULL',
);


sub left {
    my ($job) = @_;
    return $postgres->query("SET search_path = partner;
        SELECT count(*) FROM $left{$job}");
}


cmp_ok left($_), '>', 0, "$_ has something to do" for sort keys %left;

# ---- the limits ----

# As the sessions have them: the first statement on their way tells.
$postgres->query('CREATE TABLE partner.limits (pid int, lock text, whole text);
    GRANT ALL ON partner.limits TO PUBLIC;
    CREATE FUNCTION partner.tell_limits() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN
        INSERT INTO partner.limits VALUES (pg_backend_pid(),
            current_setting(\'lock_timeout\'),
            current_setting(\'statement_timeout\'));
        RETURN NULL;
    END $$;
    CREATE TRIGGER tell AFTER UPDATE ON partner.projection
        EXECUTE FUNCTION partner.tell_limits();
    CREATE TRIGGER tell AFTER INSERT ON partner.usage_counters
        EXECUTE FUNCTION partner.tell_limits()');

# ---- somebody holds what they need ----

open(my $holder, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo . ' application_name=holder') or die "psql: $!\n";
$holder->autoflush;
print $holder "BEGIN; LOCK TABLE partner.outbox, partner.usage_counters,
    partner.api_keys, partner.audit, partner.erasures IN ACCESS EXCLUSIVE MODE;
    \n";
soon { $postgres->query("SELECT count(*) FROM pg_stat_activity WHERE
    application_name = 'holder' AND state = 'idle in transaction'") }
    'somebody holds the tables';

my $began = time();
$p->work;
soon { -s "$p->{dir}/work.log" } 'a worker begins';


# How often PostgreSQL has ended a statement that waited for a lock.
sub ended {
    my $log = $t->read_file("$postgres->{dir}/postgres.log");
    return scalar(() = $log =~ /due to lock timeout/g);
}


sub said {
    my %lines;
    $lines{$_->{name}}++ for grep { ($_->{event} // '') eq 'statement' }
        map { decode_json($_) } grep { /^\{/ }
        split(/\n/, $t->read_file("$p->{dir}/work.log"));
    return %lines;
}


my @of = qw(_usage.store _used.store _audit.pending _erasures.page
    _outbox.waiting _relay.block);
soon { my %said = said(); !grep { !$said{$_} } @of } 'each job gives way';
my $before = ended();
soon { ended() >= $before + FAILS } 'and comes again';

my %said = said();
my $times = 1 + int((time() - $began) / SAYS);
is_deeply [grep { $said{$_} > $times } sort keys %said], [],
    'which each says once' or diag explain \%said;
unlike $t->read_file("$p->{dir}/work.log"), qr/database_lost/,
    'and on the connection that it has';

# ---- and lets them go ----

close($holder);
soon { left($_) eq '0' } "$_ has done it" for sort keys %left;
soon { $redis->command('EXISTS', 'partner:projection') }
    'and gateways may go by it';

my %limits = map { my ($pid, @of) = split /\|/; ($pid => "@of") }
    split /\n/, $postgres->query('SELECT DISTINCT * FROM partner.limits');
is scalar(keys %limits), 2, 'two sessions';

for my $limits (values %limits) {
    my ($lock, $whole) = $limits =~ /^(\d+)s (\d+)s$/ or diag $limits;
    ok $lock && $whole && $lock < $whole && $whole < DEADLINE,
        'PostgreSQL ends a statement before the worker gives it up';
}

# ---- and nothing goes on behind a worker that is gone ----

$postgres->query('TRUNCATE partner.usage_counters;
    CREATE FUNCTION partner.dawdle() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(15); RETURN NEW; END $$;
    CREATE TRIGGER dawdle BEFORE INSERT ON partner.usage_counters
        FOR EACH ROW EXECUTE FUNCTION partner.dawdle()');
use_it();
my $asleep = "SELECT count(*) FROM pg_stat_activity
    WHERE wait_event = 'PgSleep'";
soon { $postgres->query($asleep) } 'a statement takes its time';
$p->{work}->stop('KILL');
soon { !$postgres->query($asleep) } 'and has an end';
is left('intake'), 1, 'with the worker, before its own';

done_testing;
