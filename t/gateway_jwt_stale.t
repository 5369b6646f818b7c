#!/usr/bin/perl

# While nobody can say what was revoked, a token is served for as long as its
# tier bears, and where money moves not at all.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k');
$t->write_file('jwks.json', jwks($issuer));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_redis    %%REDIS%% timeout=60s connect_timeout=60s;
    partner_tier     basic revocation_lease=100ms stale=1h limit_mode=local;

    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/jwks.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth jwt;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /money {
            partner_stale 0;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC

my $token = $issuer->sign(claims(tier => 'basic'));


sub answer {
    my ($uri) = @_;
    my $r = $t->get_as($token, $uri);
    return $r->status == 200 ? 200 : $r->status . ' ' . $r->code;
}


# Without a heartbeat nothing is known for sure once the lease is over.
soon { $platform->heartbeat; answer('/money') eq '200' } 'both are served';
is answer('/'), 200, 'while revocations are known';

$redis->kill;
soon { answer('/money') eq '503 credential_store_unavailable' }
    'nothing is served unasked where money moves';
is answer('/'), 200, 'elsewhere it is';

done_testing;
