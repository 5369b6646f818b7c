#!/usr/bin/perl

# A gateway that needs neither Redis nor PostgreSQL: a static registry, scopes,
# limits in shared memory, redaction, counters.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;

my $gold    = new_key();
my $basic   = new_key();
my $expired = new_key();
my $small   = new_key();
my $large   = new_key();

$t->write_file('keys.json', registry(
    $gold    => { partnerId => 'acme', tier => 'gold',
                  scopes => ['read:rides', 'write:*'] },
    $basic   => { partnerId => 'beta', tier => 'basic',
                  scopes => ['read:leads'], rateLimit => 7 },
    $small   => { partnerId => 'twin', tier => 'basic',
                  scopes => [], rateLimit => 2 },
    $large   => { partnerId => 'twin', tier => 'basic', scopes => [] },
    $expired => { partnerId => 'old', tier => 'basic', scopes => [],
                  expiresAt => '2020-01-01T00:00:00Z' },
));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    partner_limit_policy burst  rate=1r/h burst=3;
    partner_limit_policy wide   rate=1000r/d;
    partner_limit_policy hourly rate=100r/h plan=on;
    partner_limit_policy golden tier=gold rate=50r/m;

    partner_redact_profile default email=mask phone=mask card=null;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /scoped {
            partner_auth key;
            partner_scope read:rides write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /limited {
            partner_auth key;
            partner_limit burst wide;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /planned {
            partner_auth key;
            partner_limit hourly;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /golden {
            partner_auth key;
            partner_limit golden;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /redacted {
            partner_auth key;
            partner_redact default;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/person;
        }

        location /identity {
            partner_auth key;
            proxy_set_header X-Who "$partner_id $partner_tier $partner_scopes";
            proxy_pass http://127.0.0.1:%%PORT_8081%%/identity;
        }

        location = /partner/metrics { partner_metrics; }
        location = /partner/status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;

        default_type application/json;

        location / { return 200 '{"hello": "world"}'; }

        location /identity { return 200 "$http_x_who"; }

        location /person {
            set $rides '[{"phone": 12345, "e\u006dail": "b",
                         "card": {"number": "4111"}}]';
            return 200 '{"EMAIL" : "ada@example.org", "rides": $rides}';
        }
    }
}
EOC

subtest 'credentials' => sub {
    my $r = $t->get('/');
    is $r->status, 401, 'none';
    is $r->code, 'missing_credential', 'its code';
    is $r->header('WWW-Authenticate'), 'Bearer realm="partner"',
        'a challenge without an error';
    is $r->header('Content-Type'), 'application/problem+json', 'a problem';
    is $r->json->{status}, 401, 'its status';
    like $r->json->{requestId}, qr/^[0-9a-f]{32}$/, 'its request id';

    $r = $t->get('/', headers => { Authorization => 'Basic abc' });
    is $r->code, 'missing_credential', 'another scheme';

    $r = $t->get_as('sk_nonsense', '/');
    is $r->code, 'malformed_credential', 'not a key';
    like $r->header('WWW-Authenticate'), qr/error="invalid_token"/,
        'its challenge';

    $r = $t->get_as(new_key(), '/');
    is $r->status . ' ' . $r->code, '401 unknown_credential', 'unknown';

    $r = $t->get_as($expired, '/');
    is $r->status . ' ' . $r->code, '401 expired_credential', 'expired';

    is $t->get_as($gold, '/')->body, '{"hello": "world"}', 'a good one';
    is $t->get('/', headers => { Authorization => "bearer  $gold" })->status,
        200, 'the scheme has no case';
};

subtest 'scopes' => sub {
    is $t->get_as($gold, '/scoped')->status, 200, 'both are covered';

    my $r = $t->get_as($basic, '/scoped');
    is $r->status . ' ' . $r->code, '403 insufficient_scope', 'lacking';
    is $r->header('WWW-Authenticate'),
        'Bearer realm="partner", error="insufficient_scope", '
        . 'scope="read:rides write:rides"', 'the challenge names them';
};

subtest 'limits' => sub {
    my @r = map { $t->get_as($gold, '/limited') } 1 .. 4;
    is join(' ', map { $_->status } @r), '200 200 200 429', 'the burst';
    is join(' ', map { $_->header('X-RateLimit-Remaining') } @r), '2 1 0 0',
        'what is left';
    is $r[0]->header('X-RateLimit-Limit'), 3, 'of how many';
    like $r[0]->header('X-RateLimit-Reset'),
        qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'the time it is full';
    is $r[0]->header('RateLimit-Policy'),
        '"burst";q=1;w=3600, "wide";q=1000;w=86400', 'every policy';
    like $r[0]->header('RateLimit'),
        qr/^"burst";r=2;t=3600, "wide";r=999;t=87$/, 'every state';

    is $r[3]->code, 'rate_limited', 'the refusal';
    cmp_ok $r[3]->header('Retry-After'), '<=', 3600, 'when to try again';
    cmp_ok $r[3]->header('Retry-After'), '>=', 3590, 'and not before';
    like $r[3]->header('RateLimit'), qr/"wide";r=997;/,
        'a refusal debits nothing';

    is $t->get_as($basic, '/limited')->status, 200,
        'another partner has a bucket of its own';
    is $t->get_as($basic, '/planned')->header('X-RateLimit-Limit'), 7,
        'the limit of the key';
    is $t->get_as($gold, '/planned')->header('X-RateLimit-Limit'), 100,
        'the limit of the policy';

    my $left = sub { $t->get_as($_[0], '/planned')->header('RateLimit') };
    is join(' ', map { $t->get_as($small, '/planned')->status } 1 .. 3),
        '200 200 429', 'a key of the same partner is held to its own';
    like $left->($large), qr/^"hourly";r=97;/,
        'and takes no more than its calls from the other';

    is $t->get_as($gold, '/golden')->header('X-RateLimit-Limit'), 50,
        'a policy for one tier';
    is $t->get_as($basic, '/golden')->header('X-RateLimit-Limit'), undef,
        'is none for another';
};

subtest 'redaction' => sub {
    my $r = $t->get_as($gold, '/redacted');
    (my $body = $r->body) =~ s/\n\s+/ /g;
    is $body,
        '{"EMAIL" : "***", "rides": [{"phone": "***", '
        . '"e\u006dail": "***", "card": null}]}',
        'named members, wherever they are and however they are written';
    is $r->header('Content-Length'), undef, 'the old length is gone';
};

is $t->get_as($gold, '/identity')->body, 'acme gold read:rides write:*',
    'what the upstream may know';
is $t->get('/identity', headers => {
    Authorization => "Bearer $gold", 'X-Who' => 'forged',
})->body, 'acme gold read:rides write:*', 'what the client says of itself';

subtest 'metrics' => sub {
    my $body = $t->get('/partner/metrics')->body;
    like $body, qr/^partner_requests_total\{tier="gold",outcome="ok"\} 11$/m,
        'calls by tier';
    like $body,
        qr/^partner_availability_objective_ratio\{tier="gold"\} 0\.99990$/m,
        'what a tier is promised';
    like $body, qr/^partner_refusals_total
        \{code="rate_limited",status="429",tier="$_"\}\ 1$/mx,
        "refusals by code and tier: $_" for qw(gold basic);
    like $body, qr/^partner_refusals_total
        \{code="rate_limited",status="429",tier="none"\}\ 0$/mx,
        'and not those of others';
    like $body, qr/^partner_calls_total\{partner="acme",outcome="ok"\} 11$/m,
        'calls by partner';
    like $body, qr/^partner_redactions_total\{tier="gold"\} 4$/m,
        'values redacted';
    like $body,
        qr/^partner_request_duration_seconds_count\{tier="gold"\} 12$/m,
        'a histogram';

    my $s = $t->get('/partner/status')->json;
    is $s->{redis}, 'none', 'no Redis';
    is $s->{tiers}{gold}{refused}, 1, 'the same counters';
};

done_testing;
