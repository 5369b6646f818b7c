#!/usr/bin/perl

# A rotated key and its successor both work until the old one's time is over,
# which ends it where it is cached, too, and costs no look-up.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use POSIX qw(strftime);
use Test::More;

use constant OVERLAP => 6; # seconds

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);


sub in_seconds { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0])) }


my %listed = map { $_ => new_key() } qw(old new);
$t->write_file('keys.json', registry(
    $listed{old} => { expiresAt => in_seconds(OVERLAP) },
    $listed{new} => { expiresAt => undef },
));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold revocation_lease=1h;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

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

soon { $platform->listeners == 1 } 'the worker has Redis';


sub answer {
    my $r = $t->get_as($_[0], '/');
    return join(' ', grep { defined } $r->status, $r->code);
}


is answer($listed{old}), '200', 'in the file, the old one still works';
is answer($listed{new}), '200', 'beside the new one';

my $old = $platform->key;
is answer($old), '200', 'a key of the platform';

$platform->change($old, expiresAt => in_seconds(OVERLAP));
my $new = $platform->key;
soon { answer($new) eq '200' } 'is rotated: the new one works';
is answer($old), '200', 'and so does the old one';

my $lookups = $platform->calls('mget');

soon { answer($old) eq '401 expired_credential' } 'until its time is over',
    OVERLAP + 10;
soon { answer($listed{old}) eq '401 expired_credential' }
    'that of the file, too', OVERLAP + 10;
is $platform->calls('mget'), $lookups, 'nobody had to look it up again';

is answer($new), '200', 'the new one goes on';
is answer($listed{new}), '200', 'as does that of the file';

done_testing;
