#!/usr/bin/perl

# A partner's own changes, its onboarding and its clock, contacts, agreements,
# statistics, and its end.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};


sub call { return $p->call(@_) }


sub partner {
    my (%more) = @_;
    return call('POST', '/api/partners', { partnerName => 'p',
        partnerType => 'Data', %more })->json->{data};
}


sub places {
    my ($r) = @_;
    return join(' ', map { $_->{pointer} } @{$r->json->{errors} || []});
}


my $partner = partner(tier => 'gold', category => 'Urban Transit Systems');
my $id = $partner->{id};
my $uri = "/api/partners/$id";
my %me = (partner => $id, scopes => 'manage:partners read:*');
my %other = (%me, partner => partner()->{id});
my $key = call('POST', '/api/keys', { partnerId => $id,
    scopes => ['read:leads'] })->json->{data};


sub record {
    my $text = $redis->command('GET',
        'partner:cred:' . sha256_hex($key->{fullKey}));
    return defined $text ? decode_json($text) : {};
}


# ---- changes ----

my $r = call('PUT', $uri, { partnerName => 'q', tier => 'Premium',
    category => 'Fleet Management' });
is $r->status, 200, 'changed' or diag $r->body;
is_deeply [@{$r->json->{data}}{qw(partnerName partnerType tier category)}],
    ['q', 'Data', 'silver', 'Fleet Management'],
    'what was sent, and the rest as it was';
is_deeply [@{record()}{qw(tier category)}], ['silver', 'fleet-management'],
    'its keys with it, before the answer';

my $former = partner(category => 'Fleet Management')->{id};
$r = call('PUT', "/api/partners/$former", { partnerName => 'q' });
is $r->json->{data}{category}, 'Fleet Management', 'a category that stays';
$r = call('PUT', "/api/partners/$former", { category => undef });
is $r->status, 200, 'and is taken away' or diag $r->body;
is $r->json->{data}{category}, undef, 'by null';
is call('PUT', $uri, { category => undef }, %me)->code, 'beyond_own_rights',
    'a partner takes away none';
is $p->request('GET', '/api/partners?category=null')->code,
    'invalid_parameter', 'none is looked for by that word';

is call('PUT', $uri, { partnerName => 'me' }, %me)->json->{data}{partnerName},
    'me', 'a partner changes its name';
is call('PUT', $uri, { partnerName => 'me', tier => 'gold' }, %me)->code,
    'beyond_own_rights', 'but not its tier';
is call('PUT', $uri, { partnerName => 'x' }, %other)->status, 404,
    'nor anybody else';
is join(' ', sort split(/ /, places(call('PUT', $uri, { partnerName => '',
    tier => 'lead', status => 'Active' })))), '/partnerName /status /tier',
    'each mistake is named';

# ---- onboarding ----

my @stages = ('API Contracting', 'Staging Validation', 'Go-Live',
    'Monitoring & Compliance');
my %week = (gold => 7, silver => 14, basic => 28);

for my $tier (sort keys %week) {
    my $new = partner(tier => $tier);
    my $days = $postgres->query("SELECT extract(epoch FROM
        '$new->{onboarding}{dueAt}'::timestamptz
        - '$new->{createdAt}'::timestamptz)::integer / 86400");
    is $days, $week{$tier}, "$tier: days until Go-Live";
    is $new->{onboarding}{stage}, 'Onboarding', "$tier: the first stage";
}

$r = call('POST', "$uri/onboarding", { stage => 'Go-Live' });
is $r->code, 'invalid_state', 'no stage is left out';
is $r->json->{detail}, 'behind Onboarding comes API Contracting, not Go-Live',
    'and the one that is due is named';

for my $stage (@stages) {
    $r = call('POST', "$uri/onboarding", { stage => $stage });
    is $r->json->{data}{onboarding}{stage}, $stage, "on to $stage";
}

ok $r->json->{data}{onboarding}{liveAt}, 'when it went live';
ok !$r->json->{data}{onboarding}{late}, 'which was in time';
$r = call('POST', "$uri/onboarding", { stage => 'Go-Live' });
is $r->status, 409, 'there is no way back';
is $r->json->{detail}, "behind $stages[-1] comes nothing, not Go-Live",
    'nor one on';
is call('POST', "$uri/onboarding", { stage => 'Go-Live' }, %me)->status, 403,
    'an operator takes it there';

my ($late, $slow) = map { partner(tier => 'gold')->{id} } 1 .. 2;
$postgres->query("UPDATE partner.partners
    SET due_at = due_at - interval '8 days'
    WHERE id IN ('$late', '$slow')");
call('POST', "/api/partners/$slow/onboarding", { stage => $_ })
    for @stages[0 .. 2];
is_deeply [sort map { $_->{id} } @{call('GET', '/api/partners?late=true')
    ->json->{data}}], [sort $late, $slow],
    'those that take too long, and those that took too long';
is call('GET', '/api/partners?late=false&category=Fleet%20Management')->json
    ->{data}[0]{id}, $id, 'those that do not, by category';

# The clock of a tier is that of the time: a later change of tier does not
# rewind it, neither for better nor for worse.
sub clock {
    return call('GET', "/api/partners/$_[0]")->json->{data}{onboarding};
}


my $due = clock($slow)->{dueAt};
call('PUT', "/api/partners/$slow", { tier => 'basic' });
is clock($slow)->{dueAt}, $due, 'what was late stays so';
ok clock($slow)->{late}, 'and is late';
call('PUT', $uri, { tier => 'gold' });
ok !clock($id)->{late}, 'what was in time stays so';
my $before = clock($late)->{dueAt};
call('PUT', "/api/partners/$late", { tier => 'basic' });
isnt clock($late)->{dueAt}, $before, 'before Go-Live the tier counts';
call('PUT', "/api/partners/$late", { tier => 'gold' });

# What a stage needs, once there are resources that say so.
$postgres->query("CREATE OR REPLACE FUNCTION partner.onboarding_missing(
    partner uuid, stage text) RETURNS SETOF text LANGUAGE sql STABLE AS
    \$\$ SELECT s FROM unnest(ARRAY['a signed SLO', 'a key']) s
    WHERE stage = 'API Contracting' \$\$");
$r = call('POST', "/api/partners/$other{partner}/onboarding",
    { stage => 'API Contracting' });
is $r->code, 'invalid_state', 'a stage whose evidence is missing';
like $r->json->{detail}, qr/a key, a signed SLO/, 'which is named';
$postgres->query("CREATE OR REPLACE FUNCTION partner.onboarding_missing(
    partner uuid, stage text) RETURNS SETOF text LANGUAGE sql STABLE AS
    \$\$ SELECT NULL::text WHERE false \$\$");
is call('POST', "/api/partners/$other{partner}/onboarding",
    { stage => 'API Contracting' })->status, 200, 'and then is not';

# ---- contacts ----

my %ada = (contactName => 'Ada', email => 'ada@metro.example',
    phone => '+1 555 0100', role => 'Technical', isPrimary => JSON::PP::true);
$r = call('POST', "$uri/contacts", \%ada, %me);
is $r->status, 201, 'a contact' or diag $r->body;
my $ada = $r->json->{data};
is_deeply { map { $_ => $ada->{$_} } keys %ada }, \%ada, 'as it was sent';
is places(call('POST', "$uri/contacts", \%ada)), '/isPrimary',
    'one is the primary one';
$r = call('POST', "$uri/contacts", { contactName => '', email => 'ada',
    phone => 'home', role => 'Friend' });
is_deeply [sort split(/ /, places($r))],
    [qw(/contactName /email /phone /role)], 'mistakes';
call('POST', "$uri/contacts", { %ada, contactName => "c$_",
    isPrimary => JSON::PP::false }) for 1 .. 3;
my $page = call('GET', "$uri/contacts?limit=3", undef, %me)->json;
is_deeply [map { $_->{contactName} } @{$page->{data}}], [qw(c3 c2 c1)],
    'newest first';
is_deeply call('GET', "$uri/contacts?limit=3&cursor=$page->{page}{next}")
    ->json, { data => [$ada], page => { next => undef } }, 'page by page';
is call('POST', "$uri/contacts", \%ada, %other)->status, 404,
    'none for another';
is call('GET', "$uri/contacts", undef, %other)->status, 404, 'nor of another';
is_deeply call('GET', "/api/partners/$other{partner}/contacts")->json->{data},
    [], 'a partner without any has an empty list';

my $one = "$uri/contacts/$ada->{id}";
$r = call('GET', $one, undef, %me);
is_deeply $r->json->{data}, $ada, 'one of them';
my $tag = $r->header('ETag');
my %eve = (contactName => 'Eve', email => 'eve@metro.example',
    role => 'Billing');
$r = call('PUT', $one, \%eve, %me);
is $r->status, 200, 'corrected' or diag $r->body;
is_deeply [@{$r->json->{data}}{qw(id contactName email phone role isPrimary)}],
    [$ada->{id}, 'Eve', 'eve@metro.example', undef, 'Billing',
    JSON::PP::false], 'as a whole, and the same person';
isnt $r->header('ETag'), $tag, 'at another version';
is_deeply call('GET', $one)->json, $r->json, 'read back';
my ($made) = @{call('GET', "$uri/contacts?limit=1")->json->{data}};
is call('PUT', "$uri/contacts/" . uc $made->{id}, { %eve,
    isPrimary => JSON::PP::true })->status, 200, 'somebody else is primary now';
is places(call('PUT', $one, { %eve, isPrimary => JSON::PP::true })),
    '/isPrimary', 'and nobody beside';
is call($_->[0], $one, $_->[1], %other)->status, 404,
    "$_->[0]: not by another" for ['GET'], ['PUT', \%eve], ['DELETE'];
is call('PUT', "/api/partners/$other{partner}/contacts/$ada->{id}", \%eve)
    ->status, 404, 'nor as one of another';
is call('PUT', "$uri/contacts/$id", \%eve)->status, 404, 'nor one of nobody';
is call('DELETE', "$uri/contacts/$made->{id}", undef, %me)->status, 200,
    'deleted';
is call($_->[0], "$uri/contacts/$made->{id}", $_->[1])->status, 404,
    "$_->[0]: not found" for ['GET'], ['PUT', \%eve], ['DELETE'];
is scalar(grep { $_->{id} eq $made->{id} } @{call('GET', "$uri/contacts")
    ->json->{data}}), 0, 'nor in the list';
is call('PUT', $one, { %eve, isPrimary => JSON::PP::true })->status, 200,
    'nor the primary one';
is call('POST', '/api/erasures', { subjectId => $made->{id}, reason => 'x' })
    ->status, 201, 'yet somebody who can be erased';
my $gone = call('POST', "$uri/contacts", \%eve)->json->{data}{id};
call('POST', '/api/erasures', { subjectId => $gone, reason => 'x' });
is call('PUT', "$uri/contacts/$gone", \%eve)->status, 404,
    'whoever is erased is not written down again';

my $logs = join('', map { $t->read_file("partnerd/$_.log") } qw(serve work));
unlike $logs, qr/(?:ada|eve)\@metro|555 0100/, 'nobody is named in a log';
is $postgres->query("SELECT count(*) FROM partner.outbox
    WHERE event = 'partner.contact_added' AND payload::text ~ 'ada'"), 0,
    'nor in an event';

# ---- agreements ----

my %terms = (text => 'As annexed.', retention => [{ data => 'rides',
    days => 90 }], responsibilities => [{ duty => 'notice',
    party => 'Partner' }]);
my %new = (agreementType => 'Data Processing', terms => \%terms,
    effectiveDate => '2020-01-01', expirationDate => '2099-01-01');
$r = call('POST', "$uri/agreements", \%new);
is $r->status, 201, 'an agreement' or diag $r->body;
my $agreement = $r->json->{data};
is $agreement->{status}, 'Draft', 'is a draft';
is_deeply $agreement->{terms}, \%terms, 'with its terms';
my $sign = "$uri/agreements/$agreement->{id}/sign";

is places(call('PUT', $sign, { signedBy => 'Ada',
    signedDate => '2098-01-01' })), '/signedDate', 'not signed in the future';
is call('PUT', $sign, { signedBy => 'Eve' }, %other)->status, 404,
    'nor by another partner';
$r = call('PUT', $sign, { signedBy => 'Ada', signedDate => '2020-02-01' },
    %me);
is $r->status, 200, 'signed by the partner' or diag $r->body;
is_deeply [@{$r->json->{data}}{qw(status signedDate signedBy)}],
    ['In Force', '2020-02-01', 'Ada'], 'and in force';
is call('PUT', $sign, { signedBy => 'Bob' })->code, 'invalid_state', 'once';

sub draft {
    my ($from, $to) = @_;
    return "$uri/agreements/" . call('POST', "$uri/agreements", { %new,
        effectiveDate => $from, expirationDate => $to })->json->{data}{id};
}


is call('PUT', draft('2098-01-01') . '/sign', { signedBy => 'Ada' })->json
    ->{data}{status}, 'Signed', 'one of the future';
my $old = draft('2020-01-01', '2021-01-01');
$r = call('PUT', "$old/sign", { signedBy => 'Ada' });
is $r->code, 'invalid_state', 'one that has expired is not signed';
like $r->json->{detail}, qr/Expired/, 'and why';

my $wrong = draft('2020-01-01');
is call('DELETE', $wrong, undef, %me)->status, 403,
    'the platform takes back what it made';
is call('DELETE', $wrong, undef, %me, scopes => 'admin')->status, 404,
    'whatever the scopes say';
is call('DELETE', $wrong)->json->{data}{status}, 'Draft', 'withdrawn';
is call($_->[0], @$_[1, 2])->status, 404, "$_->[0]: not there" for
    ['DELETE', $wrong], ['PUT', "$wrong/sign", { signedBy => 'Ada' }];
is call('DELETE', "$uri/agreements/$agreement->{id}")->code, 'invalid_state',
    'what is signed is not withdrawn';

is places(call('POST', "$uri/agreements", { %new,
    expirationDate => '2020-01-01' })), '/expirationDate',
    'it does not end before it begins';
is places(call('POST', "$uri/agreements", { %new, terms => { text => 'x',
    retention => [{ data => 'rides' }, 7] } })),
    '/terms/retention/0/days /terms/retention/1', 'terms have a form';
is call('POST', "$uri/agreements", \%new, %me)->code, 'insufficient_scope',
    'the platform makes them';
is call('POST', "$uri/agreements", \%new, %me, scopes => 'admin')->code,
    'forbidden', 'whatever the scopes say';
is scalar @{call('GET', "$uri/agreements", undef, %me)->json->{data}}, 3,
    'the partner sees them';
is call('GET', "$uri/agreements", undef, %other)->status, 404,
    'and no other does';

# ---- statistics ----

$r = call('GET', "$uri/statistics", undef, %me);
is_deeply $r->json->{data}, { partnerId => $id, clients => 0, contacts => 4,
    keys => { total => 1, active => 1 },
    agreements => { total => 3, inForce => 1 },
    calls => { total => 0, errors => 0, refused => 0 } }, 'statistics';
is call('GET', "$uri/statistics", undef, %other)->status, 404, 'its own alone';

# ---- the end ----

is call('DELETE', $uri, undef, %me)->status, 403, 'not by itself';
call('POST', '/api/clients', { clientId => 'c1', partnerId => $id,
    scopes => ['read:*'] });
$postgres->query("CREATE OR REPLACE FUNCTION partner.partner_open_items(
    partner uuid) RETURNS SETOF text LANGUAGE sql STABLE AS
    \$\$ SELECT 'invoice 7' WHERE partner = '$id' \$\$");
$r = call('DELETE', $uri);
is $r->code, 'invalid_state', 'nor while something is open';
like $r->json->{detail}, qr/invoice 7/, 'which is named';
$postgres->query("CREATE OR REPLACE FUNCTION partner.partner_open_items(
    partner uuid) RETURNS SETOF text LANGUAGE sql STABLE AS
    \$\$ SELECT NULL::text WHERE false \$\$");
$r = call('DELETE', $uri);
is $r->status, 200, 'deleted, and obeyed';
is record()->{status}, 'revoked', 'its keys are revoked';
is call('GET', '/api/clients?clientId=c1')->json->{data}[0]{status}, 'Revoked',
    'and its clients';
is call($_->[0], $_->[1], $_->[2])->status, 404, "$_->[0] $_->[1]: not there"
    for ['GET', $uri], ['PUT', $uri, { partnerName => 'x' }],
    ['DELETE', $uri], ['POST', "$uri/activate"],
    ['POST', "$uri/contacts", \%ada], ['GET', "$uri/agreements"];
is call('GET', "$uri/$_")->status, 200, "$_: kept for operators"
    for qw(statistics usage);
is scalar(grep { $_->{id} eq $id } @{call('GET', '/api/partners?limit=100')
    ->json->{data}}), 0, 'nor in a list';
is places(call('POST', '/api/keys', { partnerId => $id,
    scopes => ['read:leads'] })), '/partnerId', 'it gets no key';

# While a transaction deletes a partner, and has done so once somebody waits
# for it: what is to be made for the partner is not.
sub made_meanwhile {
    my ($what, $body) = @_;
    my $gone = partner()->{id};
    my $deleter = Partner::Process->start(
        name => 'psql', dir => $t->{dir}, log => "$t->{dir}/psql.log",
        argv => [Partner::Postgres::programs() . '/psql', '-XAtq', '-d',
            $postgres->conninfo, '-c', "DO \$\$ BEGIN
                UPDATE partner.partners SET deleted_at = now()
                WHERE id = '$gone';
                WHILE NOT EXISTS (SELECT FROM pg_locks
                    WHERE locktype = 'advisory' AND NOT granted)
                  AND NOT EXISTS (SELECT FROM partner.partner_$what
                    WHERE partner_id = '$gone')
                LOOP PERFORM pg_sleep(0.01); END LOOP;
            END \$\$"]
    );

    soon { $postgres->query("SELECT count(*) FROM pg_locks
        WHERE mode = 'RowExclusiveLock' AND granted
          AND relation = 'partner.partners'::regclass") } "no $what yet";

    my $r = call('POST', "/api/partners/$gone/$what", $body);
    soon { !$deleter->running } 'its partner is deleted';

    return $r;
}


is made_meanwhile('contacts', \%ada)->status, 404, 'nor a contact meanwhile';
is made_meanwhile('agreements', \%new)->status, 404, 'nor an agreement';

# A contact that is being made keeps no change of its partner away: here it is
# not made before that.
$postgres->query(q{
    CREATE FUNCTION partner.linger() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        FOR i IN 1 .. 1000 LOOP
            EXIT WHEN EXISTS (SELECT FROM partner.partners p
                WHERE p.id = NEW.partner_id AND p.status = 'Suspended');
            PERFORM pg_sleep(0.01);
        END LOOP;
        RETURN NULL;
    END $$;
    CREATE TRIGGER linger AFTER INSERT ON partner.partner_contacts
        FOR EACH ROW EXECUTE FUNCTION partner.linger()});
my $busy = partner()->{id};
my $maker = Partner::Process->start(
    name => 'maker', dir => $t->{dir}, log => "$t->{dir}/maker.log",
    code => sub { call('POST', "/api/partners/$busy/contacts", \%ada); exit 0 }
);
soon { $postgres->query("SELECT count(*) FROM pg_stat_activity
    WHERE wait_event = 'PgSleep'") } 'a contact is being made';
is call('POST', "/api/partners/$busy/suspend", { reason => 'r' })->status, 200,
    'its partner is suspended meanwhile';
soon { !$maker->running } 'then it is made';

done_testing;
