#!/usr/bin/perl

# Reads that take their time: nobody else's wait behind them, and a list of a
# partner's own reads no others' rows.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Test;
use Test::More;

use constant MANY => 40;    # slow reads at once
use constant ROWS => 5_000; # of others
use constant LISTS => 300;  # of a partner's own

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0, environment => {
    PARTNERD_DEADLINE => 20_000
});
my $postgres = $p->{postgres};
my ($slow, $other) = map { $p->partner(partnerName => $_) } qw(slow other);


sub as {
    my ($partner) = @_;
    return (partner => $partner, client => 'c', scopes => 'read:* manage:*');
}


sub get {
    my ($partner, $uri) = @_;
    return $p->call('GET', $uri, undef, as($partner));
}


# A call whose answer is read later.
sub begun {
    my ($partner, $uri) = @_;
    my %as = as($partner);
    my $http = Partner::Http->new($p->socket, timeout => 120);

    $http->send(Partner::Http::format_request('GET', $uri, headers => {
        'X-Partner-Id' => $as{partner}, 'X-Partner-Client' => $as{client},
        'X-Partner-Scopes' => $as{scopes} }));
    return $http;
}


sub counts {
    my ($partner) = @_;
    return "/api/partners/$partner/statistics";
}


# ---- one partner's are slow ----

# They wait for a lock that somebody holds, until the eight seconds of
# lock_timeout are over.
$postgres->query("ALTER FUNCTION partner.call_counts(text, text)
        RENAME TO true_counts;
    CREATE FUNCTION partner.call_counts(who text, app text DEFAULT NULL)
    RETURNS json LANGUAGE plpgsql AS \$\$
    BEGIN
        IF who = '$slow' THEN
            PERFORM pg_advisory_xact_lock_shared(1);
        END IF;
        RETURN partner.true_counts(who, app);
    END \$\$");

my $waiting = "SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND NOT granted";

is get($_, counts($_))->status, 200, 'there are statistics' for $slow, $other;

open(my $holder, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo) or die "psql: $!\n";
$holder->autoflush;
print $holder "SELECT FROM pg_advisory_lock(1);\n";
soon { $postgres->query("SELECT count(*) FROM pg_locks WHERE granted
    AND locktype = 'advisory'") == 1 } 'somebody holds a lock';
my @slow = map { begun($slow, counts($slow)) } 1 .. MANY;
soon { $postgres->query($waiting) == 2 } 'two are tried, and wait';

is get($other, "/api/partners/$other")->status, 200,
    'what is quick does not wait behind them';
is get($slow, "/api/partners/$slow")->status, 200, 'nor does their own';
is get($other, counts($other))->status, 200,
    'of another partner the next connection is, before all that wait';
cmp_ok $postgres->query($waiting), '>', 0, 'and it is held still';

close($holder);
my %status;
$status{$_->response->status}++ for @slow;
ok $status{200}, 'then they are answered' or diag explain \%status;
is join(' ', grep { !/^(?:200|503)$/ } keys %status), '', 'or told to wait';

# ---- lists ----

my $key = $p->key($other);
$postgres->query("SET session_replication_role = replica;
    INSERT INTO partner.api_keys (partner_id, digest, prefix, scopes)
    SELECT '$slow', sha256(i::text::bytea), 'sk_aaaaa', '{read:*}'
    FROM generate_series(1, @{[ROWS]}) i;
    INSERT INTO partner.applications (partner_id, name, permissions)
    SELECT '$slow', i::text, '{read:rides}'
    FROM generate_series(1, @{[ROWS]}) i;
    INSERT INTO partner.clients (client_id, partner_id, scopes)
    SELECT i::text, '$slow', '{read:*}'
    FROM generate_series(1, @{[ROWS]}) i;
    ANALYZE");

my $read = 'SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))
    FROM pg_stat_user_tables WHERE relname =';

for my $list (['api_keys', '/api/keys'], ['applications', '/api/applications'],
    ['clients', '/api/clients']) {
    my ($table, $uri) = @$list;
    my ($calls, $before, $now) = (0, $postgres->query("$read '$table'"));

    is get($other, $uri)->status, 200, "$uri: a list";

    # PostgreSQL tells what was read up to a second later.
    wait_until {
        get($other, $uri) for 1 .. 20;
        $calls += 20;
        ($now = $postgres->query("$read '$table'")) > $before + ROWS
            || $calls >= LISTS
    };
    cmp_ok $now - $before, '<=', ROWS,
        "$uri: so many read less than the others have once";
}

# ---- a period has an end ----

my $uri = "/api/partners/$other/usage?from=2026-01-01T00:00:00Z";
is get($other, "$uri&to=2026-02-01T00:00:00Z")->status, 200, 'a month';
my $r = get($other, "$uri&to=2026-02-01T01:00:00Z");
is $r->status . ' ' . $r->code, '400 invalid_parameter', 'and an hour';
is $r->json->{errors}[0]{parameter}, 'to', 'is too long';

done_testing;
