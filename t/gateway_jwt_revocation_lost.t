#!/usr/bin/perl

# What may have been missed of revocations is never taken for none: after a
# gap, a process that died inside the zone, more than there is room for, and
# more than Redis tells in one answer.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Partner::Jwt qw(claims jwks);
use Partner::Key qw(key_digest);
use Partner::Platform;
use Partner::Test;
use Partner::Zone;
use Test::More;

use constant {
    MANY => 90_000,  # revocations, that there is room for
    TRIES => 5,
    MORE => 100_000, # and that there is none for
    GONE => 99_999_999, # no pid
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = Partner::Jwt->new($t->dir, 'HS256', 'k0');

chmod(0600, $t->write_file('jwks.json', jwks($key)));
hold('many', 1 .. MANY);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:32m;
    partner_redis    %%REDIS%%;
    partner_tier     basic revocation_lease=1h stale=1h limit_mode=local;

    partner_jwt issuer=https://issuer.example audience=gateway
                algorithms=HS256 jwks_file=%%DIR%%/jwks.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth jwt;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub answer {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? 200 : $r->code;
}


sub client { return $key->sign(claims(client_id => $_[0])) }


# Redis does nothing else while it takes some.
sub hold {
    my ($name, @numbers) = @_;

    while (my @some = splice(@numbers, 0, 2000)) {
        $redis->command('HSET', 'partner:revoked',
            map { (sha256_hex("$name $_"), '0 0') } @some);
    }
}


# Until the gateway says of itself that it has all up to the last revision.
sub obeyed {
    my $revision = $platform->{revision};

    return soon {
        $platform->heartbeat;
        my ($id) = @{$redis->command('ZRANGE', 'partner:nodes', 0, -1)}
            or return 0;
        ($redis->command('GET', "partner:node:$id") // '')
            =~ /"revision":$revision\b/;
    } "the gateway obeys revision $revision";
}


# How often an answer has come too late.
sub missed_deadlines {
    return scalar(() = $nginx->error_log =~ /redis \(\w+\) at .*: no answer/g);
}

# More than are told within the time of one command.  Where the processors are
# taken away any command may take too long, so one try of some has to do.

my $good = client('good');
soon { $platform->heartbeat; answer($good) eq '200' }
    'many are read at the default timeout';

my ($tries, $late) = (0, missed_deadlines());

while ($late && ++$tries < TRIES) {
    my $before = missed_deadlines();
    $platform->skip;
    obeyed();
    $late = missed_deadlines() - $before;
}

is $late, 0, 'and no answer took too long';

# A gap of which the gateway tells that it obeys what lay in it.

my $missed = client('missed');
soon { answer($missed) eq '200' } 'good before';
$redis->command('HSET', 'partner:revoked', key_digest("client\nmissed"),
    '0 0');
$platform->skip;
obeyed();
$redis->kill;
like answer($missed), qr/^(revoked_token|credential_store_unavailable)$/,
    'it does, even where Redis is away';

# A process that died inside the zone, while Redis is still away.

SKIP: {
    my ($worker) = $nginx->workers;
    skip 'the memory of a worker is closed to this user', 3
        unless Partner::Zone->of($worker, 'partner_jwt_zone')->holder(GONE);

    is answer($missed), 'credential_store_unavailable', 'nothing is known';
    is answer($good), 'credential_store_unavailable', 'not even of a good one';
    ok scalar(grep { /died inside partner_jwt_zone/ } $nginx->error_log),
        'and it is logged';
}

$redis->start;
$platform->complete;
hold('many', 1 .. 10);
$redis->command('HSET', 'partner:revoked', key_digest("client\nmissed"),
    '0 0');
$platform->skip;
$platform->beat_while(sub { answer($good) ne '200' });
is answer($good), 200, 'known again';
is answer($missed), 'revoked_token', 'the revoked one, too';

# More than there is room for.

hold('more', 1 .. MORE);
$platform->skip;
$platform->beat_while(sub { answer($good) ne 'credential_store_unavailable' });
is answer($missed), 'revoked_token', 'what there was room for is still told';

done_testing;
