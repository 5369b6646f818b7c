#!/usr/bin/perl

# One message outdates all that is cached of a partner: each of its keys is
# looked up once more, and those of others are not.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;

use constant KEYS => 50; # of the partner

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold revocation_lease=1h stale=1h limit_mode=local;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

soon { $platform->listeners == 2 } 'the workers have Redis';

my @keys = map { $platform->key(partnerId => 'p1') } 1 .. KEYS;
my $other = $platform->key(partnerId => 'p2');
my $third = $platform->key(partnerId => 'p3');


# Codes of all keys, sorted and counted.
sub codes {
    my %seen;
    $seen{$_->status == 200 ? 200 : $_->code}++
        for map { $t->get_as($_, '/') } @_;
    return join(' ', map { "$seen{$_} x $_" } sort keys %seen);
}


# The first message after a subscription is taken for a gap.
my $asked;
$platform->heartbeat;
soon {
    $asked = $platform->calls('mget');
    codes(@keys, $other) eq KEYS + 1 . ' x 200'
        && $platform->calls('mget') == $asked
} 'all are good, and cached';

# As the platform does it: the records first, and then one message.
$platform->put($_, partnerStatus => 'suspended', version => 2) for @keys;
is codes(@keys), KEYS . ' x 200', 'not told yet';
is $platform->partner_changed('p1'), 2, 'both workers hear it';
soon { $t->get_as($keys[0], '/')->code eq 'partner_suspended' } 'told';
is codes(@keys), KEYS . ' x partner_suspended', 'all are refused';
is $platform->calls('mget'), $asked + KEYS, 'each was looked up once';
is codes($other), '1 x 200', 'that of another is good';
is $platform->calls('mget'), $asked + KEYS, 'and was not looked up';

$platform->heartbeat;
$platform->put($_, partnerStatus => 'active', version => 3) for @keys;
$platform->partner_changed('p1');
soon { $t->get_as($keys[0], '/')->status == 200 } 'back again';
is codes(@keys), KEYS . ' x 200', 'all of them';

# While its records are still being written, what they say does not count.
$platform->heartbeat;
is $platform->partner_closing(p1 => 'suspended'), 2, 'it is being closed';
soon { $t->get_as($keys[0], '/')->code eq 'partner_suspended' }
    'refused before any record says so';
is codes(@keys), KEYS . ' x partner_suspended', 'with each of its keys';
my $new = $platform->key(partnerId => 'p1');
is codes($new), '1 x partner_suspended', 'and with one never seen';
is codes($other), '1 x 200', 'another is not';
$platform->partner_changed('p1');
soon { $t->get_as($keys[0], '/')->status == 200 }
    'until all are written: then the records count';
is codes(@keys, $new), KEYS + 1 . ' x 200', 'each of them';

# A gateway that may have missed the end believes the records as well.
$platform->partner_closing(p1 => 'inactive');
soon { $t->get_as($keys[0], '/')->code eq 'partner_inactive' } 'closed again';
$platform->{revision}++;
$platform->heartbeat;
soon { $t->get_as($keys[0], '/')->status == 200 } 'a gap ends it';
is codes(@keys), KEYS . ' x 200', 'for all';
$platform->heartbeat;
soon {
    $asked = $platform->calls('mget');
    codes(@keys, $other) eq KEYS + 1 . ' x 200'
        && $platform->calls('mget') == $asked
} 'and they are verified again';

# A partner of whom nothing is cached, and a message that makes no sense.
$asked = $platform->calls('mget');
$platform->partner_changed('nobody-knows-it');
$platform->heartbeat;
is codes(@keys, $other), KEYS + 1 . ' x 200', 'of another partner';
is $platform->calls('mget'), $asked, 'nothing is asked anew';

# Redis away: what may have been suspended meanwhile is not served.  Messages
# come in order: who knows of the third partner's has heard this one's.
is codes($third), '1 x 200', 'a third partner\'s is good';
$platform->put($_, partnerStatus => 'suspended', version => 4)
    for @keys, $third;
$platform->partner_changed($_) for qw(p1 p3);
soon { $t->get_as($third, '/')->code eq 'partner_suspended' } 'until told';
$redis->pause;
is codes($keys[7]), '1 x credential_store_unavailable',
    'told, and Redis stopped: not served by what was true before';
is codes($other), '1 x 200', 'what is another\'s is';
$redis->resume;
soon { $t->get_as($keys[7], '/')->code eq 'partner_suspended' }
    'looked up when Redis is back';

done_testing;
