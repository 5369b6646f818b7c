#!/usr/bin/perl

# Two versions of an operation side by side: the former tells each caller since
# when it is deprecated and when it ends, and both are served, documented and
# held to their own scopes by the gateway.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use JSON::PP;
use Partner::Schema;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $json = JSON::PP->new->utf8->canonical;
my $services = "$ENV{PWD}/upstream-services";
my @files = map { basename($_, '.json') } grep { !/errors/ }
    glob("$services/contract/*.json");

$t->write_file("next/$_", $t->read_file("$services/$_"))
    for map { s{^\Q$services\E/}{}r } map { glob("$services/$_/*") }
    qw(contract sql/queries sql/migrations);

# The list of keys as it is, which comes to its end, and the next one: a file of
# its own with its own version, path, operationIds, scopes and statements.
my $keys = $json->decode($t->read_file('next/contract/keys.json'));
my $former = $keys->{paths}{'/api/keys'}{get};
@$former{qw(deprecated x-deprecated-at x-sunset)}
    = (JSON::PP::true, '2026-11-01', '2027-11-01');
$t->write_file('next/contract/keys.json', $json->encode($keys));
$t->write_file('next/contract/keys2.json', $json->encode({
    openapi => '3.1.0', info => { title => $keys->{info}{title},
        version => '2.0.0' },
    paths => { '/api/v2/keys' => { get => { operationId => 'keys2.list',
        summary => 'List keys by their prefix',
        security => [{ key => ['auditor'] }],
        responses => { 200 => { description => 'They.', content => {
            'application/json' => { schema => { '$ref' =>
                '#/components/schemas/KeyPrefixes' } } } },
            default => { '$ref' =>
                'common.json#/components/responses/Problem' } } } } },
    components => { schemas => { KeyPrefixes => { type => 'object',
        required => ['data'], additionalProperties => JSON::PP::false,
        properties => { data => { type => 'array',
            items => { type => 'string' } } } } } } }));
$t->write_file('next/sql/queries/keys2.sql', <<'EOS');
-- name: keys2.list
SELECT json_build_object('data', coalesce(json_agg(prefix), '[]')) -> 'data'
    AS data FROM api_keys;
EOS

my @next = ('--contract', "$t->{dir}/next/contract", '--sql',
    "$t->{dir}/next/sql");
$p->{serve}->stop;
$p->serve(@next);

my $contract = join(' ', map { "%%DIR%%/next/contract/$_.json" } @files,
    'keys2');
$t->run(<<"EOC");
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    upstream partnerd { server %%PARTNERD%%; }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /api/ {
            partner_auth     key;
            partner_contract $contract;
            partner_redact   off;
            proxy_pass       http://partnerd;
        }
    }
}
EOC

my %role = map { $_ => $p->operator_key($_) } qw(admin auditor);


sub get {
    my ($role, $uri) = @_;
    return $t->get_as($role{$role}, $uri);
}


# What an answer says of the end.
sub ending {
    my ($r) = @_;
    return join(' | ', $r->status, map { $r->header($_) // () }
        qw(Deprecation Sunset));
}


my $end = '@1793491200 | Mon, 01 Nov 2027 00:00:00 GMT';
soon { get('admin', '/api/keys')->status == 200 } 'the former version serves';
is ending(get('admin', '/api/keys')), "200 | $end",
    'and says since when and until when';
is ending(get('admin', '/api/keys?nonsense=1')), "400 | $end",
    'in a refusal too';
is ending($p->request('GET', '/api/keys', as => { partner => undef })),
    "401 | $end", 'whoever asks';
is ending($p->request('POST', '/api/keys', body => '{}')), '422',
    'another operation of its path does not';
soon { get('auditor', '/api/v2/keys')->status == 200 } 'the next serves too';
my $r = get('auditor', '/api/v2/keys');
is ending($r), '200', 'with no end in sight';
is scalar(grep { /^sk_/ } @{$r->json->{data}}), 2, 'as it has it';
is get('admin', '/api/v2/keys')->status, 403, 'to whom it has it';

my $document = get('admin', '/api/openapi.json')->json;
my $schema = Partner::Schema->new($document);
is_deeply [map { $schema->mistakes($document->{paths}{$_}{get}{responses}{200}
    {content}{'application/json'}{schema},
    $p->request('GET', $_, as => { scopes => 'auditor' })->json) }
    '/api/keys', '/api/v2/keys'], [], 'each answer is as its own schema says';
is_deeply [@{$document->{paths}{'/api/keys'}{get}}{qw(deprecated
    x-deprecated-at x-sunset)}], [JSON::PP::true, '2026-11-01', '2027-11-01'],
    'programs read of the end in the contract';
like +($p->run('check', '--docs', @next))[1],
    qr{## GET /api/keys\n.*Deprecated since 2026-11-01, ends on 2027-11-01\.}s,
    'and people in its docs';

done_testing;
