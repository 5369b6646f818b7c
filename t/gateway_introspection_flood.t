#!/usr/bin/perl

# A flood of opaque tokens that nobody knows: their issuer is asked at a rate,
# and tokens that it has called active before are asked about all the same.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

my $rate = 10;
my $calls = 300;

my $t = Partner::Test->new;

my $issuer = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($token) = $request->{body} =~ /^token=([\w-]+)&/;

    return Partner::Upstream::answer($connection, 200,
        $token =~ /^good/ ? encode_json({ active => JSON::PP::true,
            client_id => 'client_1', partner => 'p1', exp => time() + 600 })
            : '{"active":false}');
}, 'issuer');

my $conf = <<'EOC';
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;

    partner_introspection location=/_introspect partner=partner
                          cache=1s negative=10m unknown=%%UNKNOWN%%;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth opaque;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_introspect {
            internal;
            proxy_pass http://%%ISSUER%%:/introspect;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "served\n"; }
    }
}
EOC

for my $wrong (0, 100_001, 'many') {
    $t->define(UNKNOWN => $wrong);
    my ($status, $said) = $t->config_check($conf);
    isnt $status, 0, "unknown=$wrong is refused";
    like $said, qr/"$wrong" of "unknown", allowed is a number from 1 to 100000/,
        'with what is allowed';
}

$t->define(UNKNOWN => $rate);
my $nginx = $t->run($conf);


sub code {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? 200 : $r->status . ' ' . $r->code;
}


sub asked { return scalar(grep { $_->{body} =~ $_[0] } $issuer->requests) }


is code('good-1'), 200, 'a token that its issuer has called active';

my $began = time;
my %code;
my $served = 0;

for (1 .. $calls) {
    $code{code("flood-$_")}++;
    $served += code('good-1') eq '200';
}

my $most = $rate + $rate * (time - $began);

cmp_ok asked(qr/^token=flood/), '<=', $most,
    'the issuer is asked no more than burst and rate allow';
cmp_ok asked(qr/^token=flood/), '>=', $rate - 1, 'but so often it is';
is $code{'401 inactive_token'}, asked(qr/^token=flood/),
    'those of which it was asked have its answer';
is $code{'503 too_many_unknown_tokens'} // 0,
    $calls - $code{'401 inactive_token'}, 'all others a clear 503';
is $served, $calls, 'the token that was known is served throughout';

my $r;
soon {
    $r = $t->get_as('flood-' . rand(), '/');
    $r->status == 503;
} 'one more is refused';
is $r->header('Retry-After'), 1, 'with Retry-After';

my ($refused) = $t->get('/metrics')->body
    =~ /^partner_introspections_refused_total (\d+)/m;
cmp_ok $refused, '>=', $code{'503 too_many_unknown_tokens'} // 0,
    'all counted';

my $before = asked(qr/^token=good-1/);
soon { code('good-1'); asked(qr/^token=good-1/) > $before }
    'whose answer is out of date it is asked again';
soon { code('good-2') eq '200' } 'and about a new one in its turn';

done_testing;
