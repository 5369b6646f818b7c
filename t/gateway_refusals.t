#!/usr/bin/perl

# Every way in which the gateway refuses: status, code, every header field and
# every member of the body.  A row for each code of the gateway's own table.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Key qw(new_key key_digest);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

$t->write_file('contract.json', '{"openapi": "3.1.0", "security": [],
    "paths": {"/x": {"post": {"operationId": "x.add"}}}}');

my $signer = Partner::Jwt->new($t->dir, 'ES256', 'k1');
my $stranger = Partner::Jwt->new($t->dir, 'ES256', 'k1');
$t->write_file('jwks.json', jwks($signer));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    partner_jwt_zone zone=tokens:4m;
    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/jwks.json algorithms=ES256
                partner=partner default_tier=gold;
    partner_jwt issuer=https://away.example audience=gateway
                jwks=/_keys algorithms=ES256 partner=partner;

    partner_introspection location=/_asked partner=partner unknown=2;

    partner_tier gold   revocation_lease=1h limit_mode=strict;
    partner_tier silver revocation_lease=1h limit_mode=local;

    partner_limit_policy once   rate=1r/d;
    partner_limit_policy shared rate=1000r/s;
    partner_limit_policy alone  concurrency=1;

    partner_redact_profile personal email=mask;

    log_format limits '$status $partner_limit_status';

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        add_header X-Request-Id $request_id always;
        access_log %%DIR%%/limits.log limits;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /jwt {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_keys {
            internal;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location = /_asked {
            internal;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/asked;
        }

        location /opaque {
            partner_auth opaque;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /header {
            partner_auth key header=X-API-Key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /staging {
            partner_environment staging;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /scoped {
            partner_scope read:rides write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /contract {
            partner_contract %%DIR%%/contract.json prefix=/contract;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /once {
            partner_limit once;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /alone {
            partner_limit alone;
            add_header X-Request-Id ""; # the inner one's passes
            proxy_pass http://127.0.0.1:%%PORT_8080%%/inner;
        }

        # The same key again, while its first call is in flight.
        location /inner {
            partner_limit alone;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /shared {
            partner_limit shared;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /busy {
            partner_overload busy;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location /redacted {
            partner_redact personal;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        default_type text/plain;
        location / { return 200 "ann@example.com\n"; }

        location = /asked {
            if (-f %%DIR%%/away) { return 500; }
            return 200 '{"active":false}';
        }
    }

    # 50 calls a second, one after the other.
    limit_req_zone $server_port zone=queue:64k rate=50r/s;

    server {
        listen 127.0.0.1:%%PORT_8082%%;

        location / {
            limit_req zone=queue burst=1000;
            try_files /none =204;
        }
    }
}
EOC

soon { $platform->listeners == 1 } 'the worker has Redis';

# What only the platform may know of a key, in words that stand out.
my %hidden = (id => 'key_hidden', partnerId => 'partner_hidden',
    applicationId => 'app_hidden', tier => 'silver',
    scopes => ['read:hidden']);

my $redis_is_up = 1;


sub with_key {
    my ($uri, %principal) = @_;
    return sub { $t->get_as($platform->key(%hidden, %principal), $uri) };
}


sub with_token {
    my ($signer, $claims, %header) = @_;
    return sub {
        $t->get_as($signer->sign(claims(%$claims), %header), '/jwt')
    };
}


# One of many calls at once, of which it is known by then that they are.
sub with_many {
    my ($uri) = @_;
    my $key = $platform->key(%hidden);

    return sub {
        for (1 .. 5) {
            my @refused = grep { $_->status == 503 } $t->parallel([
                map { ['GET', $uri,
                    headers => { Authorization => "Bearer $key" }] } 1 .. 60]);
            return $refused[0] if @refused;
        }

        die "none of many calls is refused\n";
    };
}


# Redis goes away with the first of these and stays away: they come last.
sub without_redis {
    my ($key, $uri) = @_;

    return sub {
        $redis->kill if $redis_is_up;
        $redis_is_up = 0;
        return $t->get_as($key, $uri);
    };
}


my $cached = $platform->key(%hidden, tier => 'gold');
soon { $t->get_as($cached, '/')->status == 200 } 'a good key passes';

my $spent = $platform->key(%hidden);
is $t->get_as($spent, '/once')->status, 200, 'and so does the first call';

my $challenge = 'Bearer realm="partner"';
my $invalid = "$challenge, error=\"invalid_token\"";
my $seconds = qr/^[1-9]\d*$/;
my $date = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

my %limit = (
    'X-RateLimit-Limit' => qr/^1$/, 'X-RateLimit-Remaining' => qr/^0$/,
    'X-RateLimit-Reset' => $date, 'Retry-After' => $seconds,
    'RateLimit' => qr/^"once";r=0;t=\d+$/,
    'RateLimit-Policy' => qr/^"once";q=1;w=86400$/,
);

# code => status, how it comes about, and the fields that not all refusals have
my @refusals = (
    missing_credential => 401, sub { $t->get('/') },
        { 'WWW-Authenticate' => $challenge },
    ambiguous_credential => 400,
        sub { $t->get('/header', headers => {
            Authorization => 'Bearer sk_one', 'X-API-Key' => 'sk_two' }) },
        { 'WWW-Authenticate' => "$challenge, error=\"invalid_request\"" },
    malformed_credential => 401, sub { $t->get_as('sk_short', '/') },
        { 'WWW-Authenticate' => $invalid },
    unknown_credential => 401, sub { $t->get_as(new_key(), '/') },
        { 'WWW-Authenticate' => $invalid },
    expired_credential => 401,
        with_key('/', expiresAt => '2001-01-01T00:00:00Z'),
        { 'WWW-Authenticate' => $invalid },
    revoked_credential => 401, with_key('/', status => 'revoked'),
        { 'WWW-Authenticate' => $invalid },
    suspended_credential => 403, with_key('/', status => 'suspended'), {},
    partner_pending => 403, with_key('/', partnerStatus => 'pending'), {},
    partner_inactive => 403, with_key('/', partnerStatus => 'inactive'), {},
    partner_suspended => 403, with_key('/', partnerStatus => 'suspended'), {},
    application_pending => 403,
        with_key('/', applicationStatus => 'pending'), {},
    application_suspended => 403,
        with_key('/', applicationStatus => 'suspended'), {},
    application_deprecated => 410,
        with_key('/', applicationStatus => 'deprecated'), {},
    environment_not_allowed => 403,
        with_key('/staging', environment => 'sandbox'), {},
    network_not_allowed => 403,
        with_key('/', allowedNetworks => ['192.0.2.0/24']), {},
    insufficient_scope => 403, with_key('/scoped'),
        { 'WWW-Authenticate' => "$challenge, error=\"insufficient_scope\", "
            . 'scope="read:rides write:rides"' },
    ambiguous_path => 400, with_key('/contract//x'), {},
    unknown_operation => 404, with_key('/contract/none'), {},
    method_not_allowed => 405, with_key('/contract/x'),
        { 'Allow' => 'POST' },
    malformed_token => 401, sub { $t->get_as('a.b.c', '/jwt') },
        { 'WWW-Authenticate' => $invalid },
    algorithm_not_allowed => 401, with_token($signer, {}, alg => 'none'),
        { 'WWW-Authenticate' => $invalid },
    unknown_issuer => 401, with_token($signer, { iss => 'hidden' }),
        { 'WWW-Authenticate' => $invalid },
    unknown_signing_key => 401, with_token($signer, {}, kid => 'hidden'),
        { 'WWW-Authenticate' => $invalid },
    invalid_signature => 401, with_token($stranger, {}),
        { 'WWW-Authenticate' => $invalid },
    wrong_token_type => 401, with_token($signer, {}, typ => 'hidden'),
        { 'WWW-Authenticate' => $invalid },
    wrong_audience => 401, with_token($signer, { aud => 'hidden' }),
        { 'WWW-Authenticate' => $invalid },
    expired_token => 401, with_token($signer, { exp => 1 }),
        { 'WWW-Authenticate' => $invalid },
    premature_token => 401, with_token($signer, { nbf => time() + 3600 }),
        { 'WWW-Authenticate' => $invalid },
    revoked_token => 401, sub {
            $platform->revoke_tokens('client', 'hidden_client');
            my $call = with_token($signer, { client_id => 'hidden_client' });
            wait_until { $call->()->status == 401 };
            $t->get_as($cached, '/'); # the channel's first word raised doubts
            return $call->();
        }, { 'WWW-Authenticate' => $invalid },
    certificate_mismatch => 401, with_token($signer,
        { cnf => { 'x5t#S256' => 'A' x 43 } }),
        { 'WWW-Authenticate' => $invalid },
    token_not_mapped => 403, with_token($signer, { partner => 'a hidden' }),
        {},
    issuer_keys_unavailable => 503,
        with_token($signer, { iss => 'https://away.example' }),
        { 'Retry-After' => $seconds },
    inactive_token => 401, sub { $t->get_as('hidden1', '/opaque') },
        { 'WWW-Authenticate' => $invalid },
    introspection_unavailable => 503, sub {
            $t->write_file('away', '');
            return $t->get_as('hidden2', '/opaque');
        }, { 'Retry-After' => $seconds },
    too_many_unknown_tokens => 503, sub {
            my ($n, $r) = 3;
            wait_until {
                $r = $t->get_as('hidden' . $n++, '/opaque');
                $r->code eq 'too_many_unknown_tokens';
            };
            return $r;
        }, { 'Retry-After' => $seconds },
    rate_limited => 429, sub { $t->get_as($spent, '/once') }, \%limit,
    concurrency_limited => 429, with_key('/alone'),
        { 'Retry-After' => $seconds },
    overloaded => 503, with_many('/busy'), { 'Retry-After' => $seconds },
    response_not_redactable => 502, with_key('/redacted'), {},
    credential_store_unavailable => 503, without_redis(new_key(), '/'),
        { 'Retry-After' => $seconds },
    limiter_unavailable => 503, without_redis($cached, '/shared'),
        { 'Retry-After' => $seconds },
);

# What every refusal has, and nothing beside it.
my %always = (
    'Server' => qr/^nginx/, 'Date' => qr/ GMT$/, 'Connection' => qr/./,
    'Content-Type' => qr{^application/problem\+json$},
    'Content-Length' => qr/^\d+$/, 'Cache-Control' => qr/^no-store$/,
    'X-Request-Id' => qr/^[0-9a-f]{32}$/,
);


sub fields_ok {
    my ($r, $code, $own) = @_;
    my %wanted = (%always, %$own);
    my @names = map { $_->[0] } @{$r->headers};

    is join(' ', sort @names), join(' ', sort keys %wanted),
        "$code: the fields, each once";

    for my $name (sort keys %wanted) {
        my $value = $wanted{$name};

        ref $value
            ? like($r->header($name), $value, "$code: $name")
            : is($r->header($name), $value, "$code: $name");
    }
}


sub body_ok {
    my ($r, $code, $status) = @_;
    my $problem = $r->json;

    is join(' ', sort keys %$problem),
        'code detail requestId status title type', "$code: members";
    is $problem->{type}, "urn:partner:problem:$code", "$code: type";
    is $problem->{code}, $code, "$code: code";
    is $problem->{status}, $status, "$code: status in the body";
    is $problem->{requestId}, $r->header('X-Request-Id'),
        "$code: the id of the request";
    like $problem->{$_}, qr/^[A-Z].{5,}/, "$code: $_" for qw(title detail);
}


my %tested;

while (my ($code, $status, $call, $own) = splice(@refusals, 0, 4)) {
    my $r = $call->();

    $tested{$code} = 1;
    is $r->status, $status, "$code: status";
    fields_ok($r, $code, $own);
    body_ok($r, $code, $status);
    unlike $r->head . $r->body, qr/hidden|sk_[0-9A-Za-z]{4}|[0-9a-f]{64}/,
        "$code: nothing of the key";
}


# Those of limits and of overload name themselves in a log, too, and no others.
my %logged;
soon {
    my @lines = split /\n/, $t->read_file('limits.log');
    %logged = map { /^\d+ (?!passed)([a-z_]+)$/ ? ($1 => 1) : () } @lines;
    keys %logged >= 4;
} 'limits are logged';
is join(' ', sort keys %logged),
    'concurrency_limited limiter_unavailable overloaded rate_limited',
    '$partner_limit_status';


# The table of the gateway, read from its source: no row without a test.
my $source = do {
    local (@ARGV, $/) = (Partner::Test::top()
        . '/ngx_partner_module/ngx_http_partner_refuse.c');
    <>;
};

is join(' ', sort keys %tested),
    join(' ', sort $source =~ /\{ \d{3}, "([a-z_]+)"/g),
    'every refusal of the gateway is tested here';

done_testing;
