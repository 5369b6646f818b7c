#!/usr/bin/perl

# The relay: one leads and another takes over, Redis may lose everything, and
# a revocation is published at once.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant TRIALS => 40;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};


my $partner = $p->partner;

sub call { return $p->call(@_)->json->{data} }
sub new_key { return $p->key($partner) }
sub name { return 'partner:cred:' . sha256_hex($_[0]{fullKey}) }


sub record {
    my $text = $redis->command('GET', name($_[0]));
    return defined $text ? decode_json($text) : {};
}


# The revision alone, without the peppers behind it.
sub marker {
    my ($revision) = split / /, $redis->command('GET', 'partner:projection')
        // '';
    return $revision;
}


my $key = new_key();

sub untold {
    return $postgres->query('SELECT count(*) FROM partner.outbox
        WHERE topic NOT IN (\'partner\', \'application\')
        AND relayed_at IS NULL');
}


soon { record($key)->{id} } 'the first worker projects';
soon { untold() eq '0' } 'and tells all that was before';

# ---- the channel ----

my $channel = $redis->connect;
$channel->write_command('SUBSCRIBE', 'partner:revisions');
$channel->reply;


# Messages up to, and with, the one that matches; dies when it does not come.
sub messages {
    my ($wanted) = @_;
    my @all;

    local $SIG{ALRM} = sub { die "no message like $wanted, but @all\n" };
    alarm(120);

    do {
        push @all, $channel->reply->[2];
    } until $all[-1] =~ $wanted;

    alarm(0);
    return @all;
}


my ($beat) = messages(qr/^\d+$/);
like $beat, qr/^\d+$/, 'a heartbeat';

my $hex = sha256_hex($key->{fullKey});
call('DELETE', "/api/keys/$key->{id}");
my $said = (messages(qr/ $hex /))[-1];
like $said, qr/^\d+ $hex 4$/, 'a revision, a digest and a version';
is((split(/ /, $said))[0], $beat + 1, 'revisions leave no gap');

my @late;

for (1 .. TRIALS) {
    my $k = new_key();
    my $digest = sha256_hex($k->{fullKey});
    messages(qr/ $digest 3$/);

    my $sent = time();
    call('DELETE', "/api/keys/$k->{id}");
    messages(qr/ $digest 4$/);
    push @late, time() - $sent;
}

@late = sort { $a <=> $b } @late;
diag sprintf('revocation published after %.1f ms, slowest of %d %.1f ms',
    1000 * $late[TRIALS / 2], TRIALS, 1000 * $late[-1]);

# The sweep behind the notification would take its second for each.
cmp_ok $late[TRIALS / 2], '<', 0.5, 'a revocation is published at once';

# ---- a late write ----

$key = new_key();
soon { record($key)->{id} } 'a key to revoke';
$redis->command('SET', name($key), encode_json({ %{record($key)},
    version => 99 }));
call('DELETE', "/api/keys/$key->{id}");
soon { untold() eq '0' } 'the outbox is empty';
is record($key)->{status}, 'active', 'an older version changes nothing';

# ---- a wiped Redis ----

$redis->command('FLUSHALL');
is marker(), undef, 'no marker in a wiped Redis';
soon { marker() } 'it is rebuilt';
is record($key)->{status}, 'revoked', 'with what PostgreSQL has';
is scalar @{$redis->command('KEYS', 'partner:cred:*')}, TRIALS + 2,
    'with every key';
is $redis->command('EXISTS', 'partner:building'), 0,
    'no marker of building is left';

my $before = marker();
$redis->kill;
my $while = new_key();
$redis->start;
soon { marker() } 'a restarted Redis is rebuilt';
soon { record($while)->{id} } 'with what happened meanwhile';
cmp_ok marker(), '>', $before + 1, 'and its revision jumped';

# A Redis that comes back with an old state is not taken for complete.
my $run = $postgres->query('SELECT run FROM partner.projection');
isnt $run, '', 'the run that is complete is on record';

# ---- a Redis at its maxmemory ----

my ($first_key, $second_key) = (new_key(), new_key());
soon { record($first_key)->{id} && record($second_key)->{id} }
    'two keys to revoke';
$channel = $redis->connect;
$channel->write_command('SUBSCRIBE', 'partner:revisions');
$channel->reply;
$redis->command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
$redis->command('CONFIG', 'SET', 'maxmemory', 1);

my $revision = (messages(qr/^\d+$/))[-1];

for my $k ($first_key, $second_key) {
    my $digest = sha256_hex($k->{fullKey});
    call('DELETE', "/api/keys/$k->{id}");
    my $gap = (split(/ /, (messages(qr/ $digest 4$/))[-1]))[0] - $revision++;
    is $gap, 1, 'a full Redis: the revocation is published, without a gap';
    is_deeply record($k), {}, 'the record that would vouch for it is gone';
    is marker(), undef, 'and so is the marker: 503, and not 401';
}

is((messages(qr/^\d+$/))[-1], $revision,
    'heartbeats go on once all was told, and spend no revision');
is((messages(qr/^\d+$/))[-1], $revision, 'none at all');

$redis->command('CONFIG', 'SET', 'maxmemory', 0);
soon { marker() } 'once Redis accepts writes it is rebuilt';
is record($_)->{status}, 'revoked', 'with what was revoked meanwhile'
    for $first_key, $second_key;

# ---- what may be untold ----

$postgres->query('CREATE SEQUENCE partner.tries;
    CREATE FUNCTION partner.refuse() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
        PERFORM nextval(\'partner.tries\');
        RAISE EXCEPTION \'refused\';
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON partner.outbox
        FOR EACH ROW EXECUTE FUNCTION partner.refuse()');
my ($untold, $next) = (new_key());
messages(qr/ @{[sha256_hex($untold->{fullKey})]} 3$/);
soon { $postgres->query('SELECT last_value FROM partner.tries') > 4 }
    'an outbox that does not empty';
$next = new_key();
is scalar(grep { /^\d+$/ } messages(qr/ @{[sha256_hex($next->{fullKey})]} 3$/)),
    0, 'no heartbeat vouches for it';
$postgres->query('DROP TRIGGER refuse ON partner.outbox');
like((messages(qr/^\d+$/))[-1], qr/^\d+$/, 'heartbeats are back');

# ---- take-over ----

my $first = $p->{work};
my $second = $p->work;
$first->stop('KILL');
my $after = new_key();
soon { record($after)->{id} } 'another worker takes over';
ok $second->running, 'which is the second one';
cmp_ok marker(), '>', $before, 'revisions only grow';

my $third = $p->work;
$second->signal('STOP');
my $stuck = new_key();
$second->signal('CONT');
soon { record($stuck)->{id} } 'a worker that slept goes on';

$postgres->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'partnerd'");
my $last = do {
    my $made;
    wait_until { $made = eval { new_key() } };
    $made;
};
soon { record($last)->{id} } 'workers come back from a lost connection';

$_->stop('TERM') for $second, $third;
is $_->status, 0, 'SIGTERM ends a worker' for $second, $third;

done_testing;
