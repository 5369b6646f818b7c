#!/usr/bin/perl

# Applications that come to an end: every answer says so, and from the sunset
# on they are refused, without a message and without a look-up.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use POSIX qw(strftime);
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $listed = new_key();
$t->write_file('keys.json', registry($listed => {
    applicationDeprecatedAt => '2026-11-01T00:00:00Z',
    applicationSunsetAt => '2999-01-01T00:00:00+01:00' }));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold revocation_lease=1h stale=1h;

    partner_limit_policy one rate=1r/d burst=1;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /write {
            partner_scope write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /one {
            partner_limit one;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /twice {
            error_page 500 /write;
            proxy_intercept_errors on;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/500;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
        location /500 { return 500; }

        location /early {
            add_header Deprecation @1600000000;
            add_header Sunset "Sat, 01 Jan 2022 00:00:00 GMT";
            add_header Link '</docs>; rel="deprecation"';
            return 200;
        }

        location /late {
            add_header Deprecation @32472144000;
            add_header Sunset "Tue, 01 Jan 2999 00:00:00 GMT";
            add_header Link '</docs>; rel="deprecation"';
            return 200;
        }

        location /odd {
            add_header Deprecation true;
            add_header Sunset soon;
            add_header Link '</docs>; rel="deprecation"';
            return 200;
        }
    }
}
EOC

soon { $platform->listeners == 1 } 'the gateway listens';


sub time_text { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }
sub date_text { return strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime $_[0]) }


# What an answer says of the end, as often as it says so.
sub ending {
    my ($r) = @_;
    return join(' | ', $r->status, map { "$_: " . $r->header($_) }
        grep { defined $r->header($_) } qw(Deprecation Sunset));
}


my $sunset = time + 86400;
my %ends = (applicationDeprecatedAt => '2026-11-01T00:00:00Z',
    applicationSunsetAt => time_text($sunset));
my $said = 'Deprecation: @1793491200 | Sunset: ' . date_text($sunset);
my $key = $platform->key(%ends);

is ending($t->get_as($key, '/')), "200 | $said", 'both, on what it is sent';
is ending($t->get_as($key, '/write')), "403 | $said", 'and on a refusal';
is ending($t->get_as($key, '/one')), "200 | $said", 'beside a limit';
is ending($t->get_as($key, '/one')), "429 | $said", 'which is used up';
is ending($t->get_as($key, '/twice')), "403 | $said",
    'once, however many locations it visits';
is ending($t->get_as($platform->key, '/')), '200', 'no other key has them';
is ending($t->get_as($platform->key(applicationSunsetAt => time_text($sunset)),
    '/')), '200 | Sunset: ' . date_text($sunset), 'a sunset alone';
is ending($t->get_as($platform->key(
    applicationDeprecatedAt => '2026-11-01T00:00:00Z'), '/')),
    '200 | Deprecation: @1793491200', 'deprecated with no end in sight';
is ending($t->get_as($listed, '/')), '200 | Deprecation: @1793491200 | '
    . 'Sunset: Mon, 31 Dec 2998 23:00:00 GMT', 'a key of the registry';
is $t->get_as($platform->key(applicationSunsetAt => '2001-01-01T00:00:00Z',
    status => 'revoked'), '/')->code, 'revoked_credential',
    'a revoked key is told that first';

# ---- an API that says so as well ----

for my $case (['early', 'Deprecation: @1600000000 | '
    . 'Sunset: Sat, 01 Jan 2022 00:00:00 GMT'], ['late', $said],
    ['odd', $said]) {
    my ($name, $wanted) = @$case;
    my $r = $t->get_as($key, "/$name");

    is ending($r), "200 | $wanted", "$name: what ends first";
    is scalar(my @all = $r->header_all($_)), 1, "$name: one $_"
        for qw(Deprecation Sunset);
    is $r->header('Link'), '</docs>; rel="deprecation"', "$name: its Link";
}

is ending($t->get_as($platform->key, '/late')), '200 | Deprecation: '
    . '@32472144000 | Sunset: Tue, 01 Jan 2999 00:00:00 GMT',
    'of the API alone';

# ---- the sunset comes ----

$sunset = time + 2;
$key = $platform->key(%ends, applicationSunsetAt => time_text($sunset));
$said = 'Deprecation: @1793491200 | Sunset: ' . date_text($sunset);
is ending($t->get_as($key, '/')), "200 | $said", 'before its sunset';
my $lookups = $platform->calls('mget');
soon { ending($t->get_as($key, '/')) eq "410 | $said" } 'gone after it';
is $t->get_as($key, '/')->code, 'application_deprecated', 'for that reason';
is $platform->calls('mget'), $lookups, 'which took no look-up';
cmp_ok time, '>=', $sunset, 'and not a second too early';

is ending($t->get_as($platform->key(applicationStatus => 'deprecated'), '/')),
    '410', 'gone, when nobody says since when';

is_deeply [map { $t->config_error("partner_zone zone=z:1m; partner_keys $_;")
    =~ /(applicationSunsetAt.*?allowed: an RFC 3339)/ ? 1 : 0 }
    $t->write_file('bad.json', registry(new_key() => {
        applicationSunsetAt => 'soon' }))], [1], 'a date that is none is named';

done_testing;
