#!/usr/bin/perl

# Whoever calls with a token whose claims name him has buckets of his own, in
# every mode; where else a token may stand, and what it is good for.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Jwt qw(claims jwks);
use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Slow;
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $slow = Partner::Slow->start(dir => $t->dir . '/slow',
    to => $redis->socket);

my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k');
my $key = new_key();

$t->write_file('public.json', jwks($issuer));
$t->write_file('keys.json', registry($key => {}));
$t->define(SLOW => 'unix:' . $slow->socket);

$t->upstream(sub {
    my ($connection, $request) = @_;
    wait_until { 0 } 0.5 if $request->{uri} =~ /wait/;
    return Partner::Upstream::answer($connection, 200, '{}');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;
    partner_redis    %%SLOW%% timeout=10s connect_timeout=10s;

    partner_tier basic  limit_mode=local  revocation_lease=1h stale=1h;
    partner_tier silver limit_mode=strict revocation_lease=1h stale=1h;
    partner_tier gold   limit_mode=lease  revocation_lease=1h stale=1h;

    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/public.json partner=partner tier=tier;
    partner_jwt issuer=https://sandbox.example audience=gateway
                jwks_file=%%DIR%%/public.json partner=partner tier=tier
                environment=sandbox;
    partner_jwt issuer=https://clients.example audience=gateway
                jwks_file=%%DIR%%/public.json;

    partner_limit_policy client rate=1r/d burst=2 per=client;
    partner_limit_policy key    rate=1r/d burst=2 per=key;
    partner_limit_policy flying concurrency=1 per=client;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key jwt;

        location /client {
            partner_limit client;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /key {
            partner_limit key;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /flying {
            partner_limit flying;
            proxy_pass http://%%UPSTREAM%%;
        }


        location /to/token {
            partner_auth key;
            error_page 404 = /token;
            try_files /nothing =404;
        }

        location /to/key {
            partner_auth jwt;
            error_page 404 = /just_key;
            try_files /nothing =404;
        }

        location /token { partner_auth jwt; proxy_pass http://%%UPSTREAM%%; }
        location /just_key { partner_auth key; proxy_pass http://%%UPSTREAM%%; }

        location /production {
            partner_environment production;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /sandbox {
            partner_environment sandbox;
            proxy_pass http://%%UPSTREAM%%;
        }

        location / { proxy_pass http://%%UPSTREAM%%; }
    }
}
EOC


sub of {
    my ($partner, $client, %more) = @_;
    return $issuer->sign(claims(partner => $partner, client_id => $client,
        %more));
}


sub answers {
    my ($uri, @tokens) = @_;
    return join(' ', map { $t->get_as($_, $uri)->status } @tokens);
}


# How many requests for / the worker has read.
sub arrived { return scalar(() = $nginx->error_log =~ m{http uri: "/"}g) }


sub code {
    my $r = $t->get_as(@_);
    return $r->status == 200 ? 200 : $r->code;
}


soon { $platform->listeners == 1 && answers('/', of('p0', 'c0')) eq '200' }
    'the gateway has Redis';

for my $tier (qw(basic silver gold)) {
    for my $per (qw(client key)) {
        my ($one, $other, $namesake) = map { of(@$_, tier => $tier) }
            ["$per-$tier", 'c1'], ["$per-$tier", 'c2'], ["x-$per-$tier", 'c1'];

        soon { answers("/$per", of("warm-$per", "w$tier" . rand,
            tier => $tier)) eq '200' } "$tier: limits are decided";

        is answers("/$per", ($one) x 3), '200 200 429',
            "$tier, per=$per: a client has a bucket";
        is answers("/$per", ($other) x 3), '200 200 429',
            'another client of his partner has another';
        is answers("/$per", ($namesake) x 3), '200 200 429',
            'and so has the same client of another partner';
        is answers("/$per", (of("$per-$tier", 'c1', tier => $tier,
            iss => 'https://sandbox.example')) x 3), '200 200 429',
            'and one of another issuer who goes by the same name';
        is answers("/$per", of("$per-$tier", 'c1', tier => $tier)), '429',
            'a new token of the first one has his';
    }
}

subtest 'calls in flight' => sub {
    my ($one, $other) = (of('f1', 'c'), of('f2', 'c'));
    my $held = $t->connect;
    $held->send(Partner::Http::format_request('GET', '/flying/wait',
        headers => { Authorization => "Bearer $one" }));

    soon { code($one, '/flying') eq 'concurrency_limited' } 'one is in flight';
    is code($other, '/flying'), 200, 'which is nothing to another';
    is $held->response->status, 200, 'until it ends';
};

# At debug level nginx itself shows each query that it reads.
subtest 'in the query' => sub {
    my $token = of('p1', 'c1');
    my $above = $t->nginx(<<'EOC', 'above')->start;
%%GLOBALS_LOAD%%
load_module %%MODULE%%;
events {}

http {
    %%GLOBALS_HTTP%%
    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;
    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/public.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        location / {
            partner_auth key jwt query=access_token;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC

    my $http = Partner::Http->new($t->port(8082));
    my $get = sub { $http->request('GET', "/?access_token=$_[0]") };

    is $get->($token)->status, 200, 'a token';
    is $get->($token)->status, 200, 'again';
    is $get->($key)->status, 200, 'a key';
    is $get->("${token}x")->code, 'invalid_signature', 'a spoiled token';
    $above->stop;
};

subtest 'redirected to where another kind is asked for' => sub {
    my $token = of('p1', 'c1');

    is code($key, '/to/key'), 'malformed_credential', 'a key is no token';
    is code($token, '/to/token'), 'malformed_credential', 'nor the reverse';
    is code($key, '/to/token'), 'malformed_credential', 'a key, later';
    is code($token, '/to/key'), 'malformed_credential', 'a token, later';
};

subtest 'environment' => sub {
    my ($unknown, $sandbox) = (of('p1', 'c1'),
        of('p1', 'c1', iss => 'https://sandbox.example'));

    is code($unknown, '/'), 200, 'an issuer without one';
    is code($unknown, '/production'), 'environment_not_allowed',
        'is not of production';
    is code($unknown, '/sandbox'), 'environment_not_allowed',
        'nor of any other';
    is code($sandbox, '/sandbox'), 200, 'one with';
    is code($sandbox, '/production'), 'environment_not_allowed',
        'is of no other';
    is code($key, '/production'), 200, 'a key is of production';
};

subtest 'revoked while its client is looked up' => sub {
    my $token = of('p1', 'waits', iss => 'https://clients.example');
    my $kept = of('p1', 'stays', iss => 'https://clients.example');
    my $first = of('p1', 'first', iss => 'https://clients.example');
    $platform->client($_, partnerId => 'p1') for qw(waits stays first);
    is code($first, '/'), 200, 'tokens of clients are served';

    my $asked = $platform->calls('mget');
    $slow->delay(1);

    my $before = arrived();
    my @waiting = map {
        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET', '/',
            headers => { Authorization => "Bearer $_" }));
        $http;
    } $token, $kept;

    # Once the worker has read a request it gets as far as the look-up before
    # it hears anything else.
    wait_until { arrived() == $before + 2 } or die 'no call arrives';
    $platform->revoke_tokens('client', 'waits');

    my $r = $waiting[0]->response;
    is $r->status == 200 ? 200 : $r->code, 'revoked_token', 'is refused';
    is $waiting[1]->response->status, 200, 'the other is served';
    $slow->delay(0);
    cmp_ok $platform->calls('mget'), '>', $asked, 'both were looked up';
};

done_testing;
