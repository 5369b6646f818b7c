#!/usr/bin/perl

# An operator's key has one role, which holds through the gateway; and calls of
# the management API are limited as all others are.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

use constant BURST => 40; # calls at once, of one key

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $contract = join(' ', map { "$ENV{PWD}/upstream-services/contract/$_.json" }
    qw(common partners applications keys clients revocations usage audit
    erasures platform));

my $nginx = $t->run(<<"EOC");
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:4m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_limit_policy calls rate=1r/m burst=@{[BURST]} per=key;

    upstream partnerd { server %%PARTNERD%%; }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /api/ {
            partner_auth     key;
            partner_contract $contract;
            partner_redact   off;
            partner_limit    calls;
            proxy_pass       http://partnerd;
        }
    }
}
EOC


sub call {
    my ($key, $method, $uri, $body) = @_;
    return $t->request($method, $uri, headers => {
        Authorization => "Bearer $key", 'Content-Type' => 'application/json'
        }, defined $body ? (body => encode_json($body)) : ());
}


my %key = map { $_ => $p->operator_key($_) } qw(admin auditor support);

for my $role (sort keys %key) {
    soon { call($key{$role}, 'GET', '/api/partners?limit=1')->status == 200 }
        "$role: reads";
}

my %new = (partnerName => 'p', partnerType => 'Data');
is call($key{$_}, 'POST', '/api/partners', \%new)->status, 403,
    "$_: makes no partner" for qw(auditor support);
my $partner = call($key{admin}, 'POST', '/api/partners', \%new)->json
    ->{data}{id};
ok $partner, 'admin: does';
my $refused = call($key{support}, 'POST', '/api/partners', \%new);
is $refused->code, 'insufficient_scope', 'the gateway refuses it';
like $refused->header('WWW-Authenticate'), qr/scope="admin"/,
    'and says what is needed';
is call($key{admin}, 'POST', '/api/nosuch', {})->code, 'unknown_operation',
    'and what the contract does not have';
is call($key{auditor}, 'GET', '/api/audit/head')->status, 200,
    'auditor: reads the trail';
is call($key{support}, 'GET', '/api/audit/head')->status, 403,
    'support: does not';

my ($id) = map { $_->{id} } grep { !$_->{partnerId}
    && $_->{scopes}[0] eq 'support' } @{call($key{admin}, 'GET', '/api/keys')
    ->json->{data}};
ok $id, 'an admin sees the keys of operators';
is call($key{admin}, 'DELETE', "/api/keys/$id")->status, 200,
    'and takes one back';
is call($key{support}, 'GET', '/api/partners')->status, 401,
    'which is good for nothing then';

my ($status, undef, $said) = $p->run('operator-key', '--role', 'owner');
is $status, 2, 'a role that is none';
like $said, qr/role is "owner"; allowed: admin\|finance\|support\|auditor/,
    'is named, with those that are';
for my $n (0, 101) {
    ($status, undef, $said) = $p->run('operator-key', '--name',
        "\x{c3}\x{b6}" x $n);
    isnt $status, 0, "a name of $n characters";
    is $said, "partnerd: name has $n characters; allowed: 1 to 100\n",
        'is told what is allowed';
}
is(($p->run('operator-key', '--name', "\x{ff}"))[2],
    "partnerd: name is not UTF-8\n", 'nor is one that is no text');
is(($p->run('operator-key', '--name', "\x{c3}\x{b6}" x 100))[0], 0,
    'one of 100');
is(($p->run('operator-key', '--name', 'Kim Lee'))[0], 0, 'a key has a name');
is $p->{postgres}->query("SELECT scopes FROM partner.api_keys
    WHERE name = 'Kim Lee'"), '{admin}', 'and the first role by default';

# What nobody was told is not left behind.
my $made = "SELECT count(*) FROM partner.api_keys";
my $before = $p->{postgres}->query($made);
($status, undef, $said) = do {
    local $p->{binary} = $t->write_file('full', "#!/bin/sh\n"
        . "exec '$p->{binary}' \"\$@\" >/dev/full\n");
    chmod 0700, $p->{binary};
    $p->run('operator-key');
};
is $status, 1, 'a key that cannot be written';
like $said, qr/cannot be written to standard output; none was made/,
    'is an error that says so';
is $p->{postgres}->query($made), $before, 'and is not made';

# ---- limits of the management API itself ----

my $busy = call($key{admin}, 'POST', '/api/keys', { partnerId => $partner,
    scopes => ['read:analytics'] })->json->{data}{fullKey};
call($key{admin}, 'POST', "/api/partners/$partner/activate");
soon { call($busy, 'GET', '/api/openapi.json')->status == 200 } 'a partner';

my %answers;
$answers{call($busy, 'GET', "/api/partners/$partner/usage")->status}++
    for 1 .. BURST + 5;
is_deeply [sort keys %answers], [200, 429], 'calls until its limit'
    or diag explain \%answers;
cmp_ok $answers{200}, '<', BURST, 'one call before counts as well';
my $r = call($busy, 'GET', "/api/partners/$partner/usage");
is $r->code, 'rate_limited', 'then it is told so';
cmp_ok $r->header('Retry-After'), '>', 0, 'and when to come back';
is call($key{auditor}, 'GET', '/api/partners')->status, 200,
    'others go on';
is $p->request('GET', "/api/partners/$partner")->status, 200,
    'partnerd itself refuses nobody';

done_testing;
