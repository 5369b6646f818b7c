#!/usr/bin/perl

# Another binary goes on with what this one has: local buckets, verified tokens
# and its name among the gateways that the platform waits for; counters are in
# gateway_counters.t.  A process that dies with a zone's lock holds nobody up,
# also where its master died before it.

use strict;
use warnings;
use lib 't/lib';

use Partner::Daemon;
use Partner::Jwt qw(claims jwks);
use Partner::Platform;
use Partner::Test;
use Partner::Zone;
use Test::More;

use constant {
    BURST => 10,
    GONE => 99_999_999, # no pid
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = $platform->key(tier => 'basic', scopes => []);
my $signer = Partner::Jwt->new($t->dir, 'HS256', 'k0');
my $token = $signer->sign(claims(client_id => 'c'));

chmod(0600, $t->write_file('jwks.json', jwks($signer)));

my $nginx = Partner::Daemon->new($t->nginx(<<'EOC'))->start;
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:2m;
    partner_jwt_zone zone=tokens:4m;
    partner_redis    %%REDIS%%;
    partner_tier     basic stale=1h revocation_lease=1h limit_mode=local;
    partner_slo      basic tier=basic;

    partner_limit_policy burst rate=1r/d burst=10;

    partner_jwt issuer=https://issuer.example audience=gateway
                algorithms=HS256 jwks_file=%%DIR%%/jwks.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit burst;
            proxy_pass    http://127.0.0.1:%%PORT_8081%%;
        }

        location /token {
            partner_auth jwt;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


# How many calls of so many are answered.
sub answered {
    my ($n) = @_;
    return scalar(grep { $t->get_as($key, '/')->status == 200 } 1 .. $n);
}

sub value {
    my ($series) = @_;
    return $t->get('/metrics')->body =~ /^\Q$series\E (\S+)$/m ? $1 : undef;
}

sub nodes { return @{$redis->command('ZRANGE', 'partner:nodes', 0, -1)} }


soon { $platform->heartbeat; $t->get_as($token, '/token')->status == 200 }
    'tokens are verified';
is answered(6), 6, 'some of a bucket is spent';
soon { nodes() == 1 } 'the platform knows of one gateway';

my ($node) = nodes();
my $verified = value('partner_tokens_verified_total');

subtest 'another binary' => sub {
    my %while;

    $nginx->upgrade(sub {
        %while = (nodes => [nodes()], answered => answered(2));
    });

    is_deeply $while{nodes}, [$node], 'is the same gateway';
    is $while{answered}, 2, 'a bucket may be spent while there are two';
    is answered(BURST), 2, 'and what is left of it after that';
    is_deeply [nodes()], [$node], 'the master that leaves says nothing of it';
    is $t->get_as($token, '/token')->status, 200, 'tokens are good';
    is value('partner_tokens_verified_total'), $verified,
        'and not verified anew';
};

subtest 'back from another binary' => sub {
    my %while;

    $nginx->upgrade(sub { $while{page} = $t->get('/metrics')->status },
        back => 1);

    is $while{page}, 200, 'the old workers that came back show pages';
    is_deeply [nodes()], [$node], 'the one that goes back is the same gateway';
    is answered(1), 0, 'a bucket that is empty stays so';
};

# What a process that was killed inside may have left half-written is dropped.
for my $directive (qw(partner_jwt_zone partner_zone)) {
    subtest "the lock of $directive" => sub {
        my ($worker) = $nginx->workers;
        my $zone = Partner::Zone->of($worker, $directive);

        $zone->lock(GONE);
        is $t->get_as($token, '/token')->status, 200, 'tokens are judged';
        is $t->get_as($key, '/')->status, 429, 'buckets are asked';
        is $t->get('/metrics')->status, 200, 'pages are shown';

        $zone->holder(GONE);
        $zone->lock(GONE);
        is $t->get_as($token, '/token')->status, 200, 'tokens are judged';
        is $t->get_as($key, '/')->status,
            $directive eq 'partner_zone' ? 200 : 429,
            'local buckets are dropped with their zone alone';
        like $nginx->error_log, qr/died inside $directive "/, 'it is logged';
    };
}

$nginx->stop;
soon { nodes() == 0 } 'who stops says so';

done_testing;
