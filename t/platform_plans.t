#!/usr/bin/perl

# How PostgreSQL reads what the API shows: a page along an index, by a plan that
# is made once, whoever asks.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

use constant CALLS => 8; # more than PostgreSQL tries plans for one call alone

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};
my $partner = $p->partner;
my $log = "$postgres->{dir}/postgres.log";

# Enough of each for PostgreSQL to prefer sorting, were it asked.
$p->key($partner);
$postgres->query("SET session_replication_role = replica;
    INSERT INTO partner.partners (name, type)
    SELECT i::text, 'Data' FROM generate_series(1, 2000) i;
    INSERT INTO partner.api_keys (partner_id, digest, prefix, scopes)
    SELECT '$partner', sha256(i::text::bytea), 'sk_aaaaa', '{read:*}'
    FROM generate_series(1, 2000) i;
    INSERT INTO partner.applications (partner_id, name, permissions)
    SELECT '$partner', i::text, '{read:rides}' FROM generate_series(1, 2000) i;
    INSERT INTO partner.clients (client_id, partner_id, scopes)
    SELECT i::text, '$partner', '{read:*}' FROM generate_series(1, 2000) i;
    INSERT INTO partner.audit (position, hash, tenant, actor, request,
        resource, entity, action)
    SELECT i, sha256(''), 't', 'a', 'r', 'partners', '$partner', 'changed'
    FROM generate_series(1, 2000) i;
    ANALYZE");

# Sessions from now on write each plan to the log.
$postgres->query("ALTER DATABASE postgres SET session_preload_libraries
    = 'auto_explain'");
$postgres->query("ALTER DATABASE postgres SET $_") for
    'auto_explain.log_min_duration = 0', 'log_min_messages = log';
$p->{serve}->stop;
$p->serve;


# Plans of the statement that begins so, the latest last.
sub plans {
    my ($statement) = @_;
    my @entries = split /^(?=\d{4}-\d\d-\d\d [\d:.]+ \S+ \[)/m,
        $t->read_file($log);

    return grep { /Query Text: [^\n]*\n?/ && index($_, $statement) >= 0 }
        @entries;
}


my %as = (
    platform => [],
    partner  => [partner => $partner, client => 'c',
        scopes => 'read:* manage:*'],
);

sub reads {
    my ($uri, $statement, $who, %is) = @_;
    my $begin = $is{begin}
        // qr/ROW\(created_at, id\) < ROW\([^\n]*\$\d/;

    for my $call (1 .. CALLS) {
        my $r = $p->call('GET', "$uri?limit=20", undef, @{$as{$who}});
        is $r->status, 200, "$uri as $who" if $call == CALLS;
    }

    my @plans = plans($statement);
    cmp_ok scalar @plans, '>', 0, 'its plan is in the log';
    my $plan = $plans[-1] // '';
    like $plan, qr/Index Cond:[^\n]*$begin/,
        'a page begins in an index, and not for one call alone';
    unlike $plan, $is{sorted} ? qr/Seq Scan/ : qr/-> +Sort|Seq Scan/,
        'along it';

    return $plan;
}


for my $list (['/api/keys', 'FROM api_keys k'],
    ['/api/applications', 'FROM applications a'],
    ['/api/clients', 'FROM clients c']) {
    reads(@$list, 'platform');
    like reads(@$list, 'partner'), qr/Index Scan using \w+_of_partner/,
        'which has the partner first';
}

for my $list (["/api/partners/$partner/contacts", 'FROM partner_contacts c'],
    ["/api/partners/$partner/agreements", 'FROM partner_agreements a'],
    ['/api/erasures', 'FROM erasures e'],
    ['/api/revocations', 'FROM token_revocations r']) {
    reads(@$list, 'platform');
}

reads('/api/audit', 'FROM audit_text a', 'platform',
    begin => qr/"?position"? > [^\n]*\$\d/);

# Of a partner the one row is sorted, as it may be.
like reads('/api/partners', 'FROM partners p', $_, sorted => 1),
    qr/Index Scan using partners_pkey[^|]*Index Scan using partners_of_all/,
    'a partner is found by its id' for sort keys %as;

done_testing;
