#!/usr/bin/perl

# Contract, SQL, code and docs agree, and `partnerd check` can tell when they
# do not.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $services = 'upstream-services';
my @check = ('check', '--database', '');

my ($status, $out, $said) = $p->run('check');
is $status, 0, 'the check passes' or diag $said;
like $out, qr/\d+ operations, \d+ statements, each prepared/,
    'PostgreSQL knows each statement';
is((run('check', '--docs'))[1], $t->read_file("$ENV{PWD}/docs/api.md"),
    'docs/api.md is what the contract says');
is_deeply [grep { /^\| (path|query|body) \|/ && /\| *([;.][^|]*)?\|$/ }
    split(/\n/, $t->read_file("$ENV{PWD}/docs/api.md"))], [],
    'which says of each input what it may be';

my @shown = split(/\n/, $t->read_file("$ENV{PWD}/docs/api.md"));
is_deeply [map { /^## (.+?)(?: [\d.]+)?$/ ? $1 : () } @shown], ['Contents',
    'Partners', 'Applications', 'API keys', 'Clients of other issuers',
    'Revocations of tokens', 'Usage', 'Service levels', 'The audit trail',
    'Erasures of data subjects', 'The platform itself', 'Schemas', 'Errors'],
    'resource by resource, in the order in which readers meet them';
is_deeply [map { /^  - .*: `([^`]+)`$/ ? $1 : () } @shown],
    [map { m{^### ([A-Z]+ /.*)} ? $1 : () } @shown],
    'with a table of contents';
is_deeply [grep { /^Success: \d+/ && !/\[\w+\]\(#schema-\w+\)/ } @shown],
    [('Success: 200.') x 2],
    'which says what each answer is made of, but of the contract and its page';

my $served = $p->request('GET', '/api/openapi.json',
    as => {partner => undef})->json;
is $served->{openapi}, '3.1.0', 'the contract is served';
ok $served->{paths}{'/api/partners/{partnerId}/usage'}{get}{operationId},
    'all resources in one document';
unlike encode_json($served), qr/"\w+\.json#/, 'with references of its own';


sub run { return $p->run(@_) }


# ---- each of these breaks one thing ----

sub broken {
    my ($name, $file, $from, $to, $message) = @_;

    my %dirs = (contract => "$services/contract", queries =>
        "$services/sql/queries");
    my $copy = "$t->{dir}/broken";
    my $found = 0;

    for my $kind (keys %dirs) {
        my $to_dir = $kind eq 'queries' ? 'sql/queries' : $kind;

        for my $source (glob("$dirs{$kind}/*")) {
            my $text = $t->read_file("$ENV{PWD}/$source");
            $found = $text =~ s/\Q$from\E/$to/ if basename($source) eq $file;
            $t->write_file("broken/$to_dir/" . basename($source), $text);
        }
    }

    ok $found, "$name: the text to break is there";
    my ($status, undef, $said) = run(@check, '--contract', "$copy/contract",
        '--sql', "$copy/sql");
    isnt $status, 0, "$name: refused";
    like $said, $message, "$name: said";
}


broken('an operation without a statement', 'partners.sql',
    '-- name: partners.get', '-- name: partners.fetch',
    qr/operation partners\.get needs a statement/);
broken('a statement twice', 'keys.sql', '-- name: keys.list',
    '-- name: keys.create', qr/keys\.create is there twice/);
broken('a statement without an operation', 'platform.sql', '-- name: _ready',
    '-- name: ready', qr/statement ready has no operation/);
broken('a handler without an operation', 'platform.json', 'platform.health',
    'platform.alive', qr/platform\.alive needs|platform\.health has no/);
broken('a parameter that is not in the contract', 'partners.sql',
    ':body.reason', ':body.cause', qr/:body\.cause is not in the contract/);
broken('a source that is none', 'partners.sql', ':body.reason',
    ':form.reason', qr/parameter :form\.reason/);
broken('an unknown keyword', 'partners.json', '"maxLength": 500',
    '"maximumLength": 500', qr/"maximumLength" is not known/);
broken('an unknown format', 'common.json', '"format": "tier"',
    '"format": "level"', qr/format/);
broken('a reference to nothing', 'partners.json', 'schemas/NewPartner"',
    'schemas/Newcomer"', qr/leads nowhere/);
broken('a path twice', 'keys.json', '"/api/keys/{keyId}"', '"/api/partners"',
    qr/declared elsewhere/);
broken('a path parameter that is not declared', 'keys.json',
    '"/api/keys/{keyId}"', '"/api/keys/{id}"', qr/path parameters/);
broken('no security', 'partners.json', '"security": [{"key": ["admin"]}],',
    '', qr/security is missing/);
broken('a malformed scope', 'partners.json', '{"key": ["admin"]}',
    '{"key": ["two words"]}', qr/scope is malformed/);
broken('a parameter that can be null', 'keys.json',
    '"Those of this application.", "schema": {"type": "string"',
    '"x", "schema": {"type": ["string", "null"]',
    qr/keys\.list: a parameter of it can be null/);
broken('an example that is wrong', 'partners.json', '"reason": "Invoice',
    '"cause": "Invoice', qr{/reason.*/cause|/cause.*/reason}s);
broken('a POST that does not keep its answer', 'partners.sql',
    'kept(:idempotency.key, :idempotency.request, :idempotency.sealed,',
    'coalesce(', qr/partners\.create does not keep its answer/);
broken('a PUT that does not heed If-Match', 'clients.sql',
    ' AND unchanged(version, :match.tags)', '',
    qr/clients\.update does not heed If-Match/);
broken('a DELETE that does not heed If-Match', 'clients.sql',
    "'Revoked'\nWHERE id = :path.clientId::uuid "
    . 'AND unchanged(version, :match.tags)',
    "'Revoked' WHERE id = :path.clientId::uuid",
    qr/clients\.revoke does not heed If-Match/);
broken('a member of a body that gets lost', 'partners.sql',
    "status_reason = :body.reason", "status_reason = 'x'",
    qr/partners\.suspend does not bind :body\.reason/);

# What begins with x- is partnerd's own, wherever it stands.
broken("$_->[0] that is unknown", 'keys.json', $_->[1],
    qq($_->[1], "$_->[0]": "x"),
    qr/keys\.json: \Q$_->[2] is unknown; allowed: x-pii, x-subj\E/)
    for ['x-sunnset', '"operationId": "keys.create"',
        '/paths/~1api~1keys/post/x-sunnset'],
    ['X-PII', '"fullKey": {"type": "string"',
        '/components/schemas/Key/properties/fullKey/X-PII'],
    ['x-note', '"description": "The key, in full this one time."',
        '/paths/~1api~1keys/post/responses/201/x-note'];
broken('personal data that is no string', 'partners.json',
    '"isPrimary": {"type": "boolean", "default": false',
    '"isPrimary": {"type": "boolean", "x-pii": "name"',
    qr/isPrimary: x-pii is sealed in strings/);
broken('personal data below a member', 'partners.json',
    '"text": {"type": "string", "format": "text"',
    '"text": {"type": "string", "x-pii": "name", "format": "text"',
    qr/terms: x-pii is sealed in strings/);
broken('personal data in what a handler writes', 'keys.json',
    '"createdAt": {"type": "string"',
    '"createdAt": {"x-pii": "name", "type": "string"',
    qr/keys\.\w+ cannot both open personal data and/);
broken('a mistake that nobody can find', 'errors.json',
    '"pointer": "/partnerId", "detail": "there is no such', '"detail": "no',
    qr/constraint api_keys_partner needs/);
broken('a SQLSTATE that leads nowhere', 'errors.json', '"code": "conflict"',
    '"code": "clash"', qr/SQLSTATE \w+ leads to no problem/);
broken('a member twice', 'errors.json', '"conflict":', '"not_found":',
    qr/duplicate/);

# ---- the command line ----

{
    local $p->{environment} = {};
    like +($p->run('work'))[2], qr/--subject-keys is missing/,
        'work says which folder it needs';
}

my @usage = (
    [[], qr/a verb is needed/],
    [['fly'], qr/there is no verb "fly"/],
    [['serve', '--colour', 'red'], qr/there is no option "--colour"/],
    [['serve', 'extra'], qr/serve takes no "extra"; allowed: options alone/],
    [['check', 'foo'],
        qr/check takes no "foo"; allowed: audit, peppers, subjects\n/],
    [['rotate', 'foo'], qr/rotate takes no "foo"; allowed: master-key\n/],
    [['rotate'], qr/rotate needs one of: master-key\n/],
    [['serve', '--listen'], qr/--listen needs a value/],
    [['serve', '--readers', 'many'], qr/readers is "many"; allowed: 1 to 64/],
    [['serve', '--writers=0'], qr/writers is "0"; allowed: 1 to 64/],
    [['migrate', '--plan=yes'], qr/--plan takes no value/],
);

for my $case (@usage) {
    my ($words, $message) = @$case;
    my ($status, undef, $said) = $p->run(@$words ? @$words : '');
    is $status, 2, "partnerd @$words: status 2";
    like $said, @$words ? $message : qr/there is no verb ""/,
        "partnerd @$words: says why";
}

like((run('--help'))[1], qr/PARTNERD_DATABASE.*PARTNERD_REDIS/s, '--help');
like((run('--version'))[1], qr/^partnerd \d+\.\d+\.\d+$/, '--version');
isnt((run('serve', '--listen', $_))[0], 0, "--listen $_ is refused")
    for 'tcp:1', 'unix:relative', 'unix:/' . 'x' x 120;
isnt((run('work', '--redis', $_))[0], 0, "--redis '$_' is refused")
    for '', 'nowhere:', 'host:0', 'rediss://host:1', 'sentinel:m@';

# ---- migrations ----

is((run('migrate', '--plan'))[1], '', 'nothing is left to migrate');
is((run('migrate'))[0], 0, 'migrating again does nothing');

my $sql = "$t->{dir}/more";
$t->write_file('more/migrations/' . basename($_),
    $t->read_file("$ENV{PWD}/$_")) for glob("$services/sql/migrations/*");
$t->write_file('more/migrations/9001_good.sql', 'CREATE TABLE good ();');
$t->write_file('more/migrations/9002_bad.sql',
    'CREATE TABLE bad (); SELECT nothing;');
is((run('migrate', '--plan', '--sql', $sql))[1],
    "9001_good.sql\n9002_bad.sql\n", 'a plan names what is new');
isnt((run('migrate', '--sql', $sql))[0], 0, 'a migration that fails');
is $p->{postgres}->query('SELECT count(*) FROM pg_tables WHERE schemaname
    = \'partner\' AND tablename IN (\'good\', \'bad\')'), 1,
    'leaves nothing behind, and what came before it stays';

$t->write_file('more/migrations/9001_good.sql', 'CREATE TABLE better ();');
like((run('migrate', '--sql', $sql))[2], qr/applied with another text/,
    'a migration that was changed afterwards is refused');

# A platform that was set up before 0007: its records stand without a category
# until their keys have a newer version.
my $older = $p->{postgres}->conninfo('older');
$p->{postgres}->query('CREATE DATABASE older');
$t->write_file("older/migrations/$_",
    $t->read_file("$ENV{PWD}/$services/sql/migrations/$_"))
    for grep { $_ lt '0007' } map { basename($_) }
    glob("$services/sql/migrations/*");
is((run('migrate', '--database', $older, '--sql', "$t->{dir}/older"))[0], 0,
    'an older platform');
# Its own partnerd made a key: today's knows columns that came later.
$p->{postgres}->query(<<'EOQ', 'older');
    SELECT set_config('partner.tenant', 'platform', false),
        set_config('partner.client', 'test', false);
    INSERT INTO partner.api_keys (name, digest, prefix, scopes)
    VALUES ('first', sha256('k'), 'sk_first', ARRAY['admin'])
EOQ
is((run('migrate', '--database', $older))[0], 0, 'is brought up to date');
is $p->{postgres}->query('SELECT version FROM partner.api_keys', 'older'), 2,
    'its keys are newer than their records';
is $p->{postgres}->query('SELECT count(*) FROM partner.outbox
    WHERE event = \'credential.changed\' AND relayed_at IS NULL', 'older'), 1,
    'and wait for the relay';

done_testing;
