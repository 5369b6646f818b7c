#!/usr/bin/perl

# A mistake in the configuration stops `nginx -t` with a message that quotes
# it and says what is allowed; what is right passes, and locations inherit.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(key_digest new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();

my $zone = "partner_zone zone=partners:1m;\n";
my $redis = "partner_redis unix:/nowhere.sock;\n";


# Directives beside a zone, within http, and within a location.
sub http { $t->config_error($zone . join("\n", @_)) }
sub location { http($redis, 'server { location / {', @_, '} }') }


sub wrong {
    my ($name, $said, @parts) = @_;

    for my $part (@parts) {
        like $said, ref $part ? $part : qr/\Q$part\E/, $name;
    }

    like $said, qr/ in \S+nginx\.conf:\d+$/, "$name: which line";
}


is http(''), '', 'a zone alone is fine';

subtest 'partner_zone' => sub {
    my $allowed = 'allowed is zone=NAME:SIZE with at least 1m';

    for my $zone ('zone=partners', 'partners:1m', 'zone=:1m', 'zone=a:',
        'zone=a:1000k', 'zone=a:-1m', 'zone=a:1q', 'zone=a:0', '1m') {
        wrong($zone, $t->config_error("partner_zone $zone;"),
            qq(invalid zone "$zone"), $allowed);
    }

    wrong('the name of another', $t->config_error(
        "partner_jwt_zone zone=x:4m;\npartner_zone zone=x:4m;"),
        'has the name of another zone');

    wrong('twice', http('partner_zone zone=other:1m;'),
        '"partner_zone" directive is duplicate');

    for my $directive (
        'partner_tier gold;', $redis, 'partner_limit_policy p rate=1r/s;',
        'partner_redact_profile p email=mask;',
        'server { location / { partner_auth key; } }',
        'server { location / { partner_metrics; } }',
        'server { location / { partner_status; } }',
        'server { location / { partner_problem; } }',
    ) {
        like $t->config_error($directive), qr/partner_zone is missing/,
            "without it: $directive";
    }
};

subtest 'partner_redis' => sub {
    my %wrong = (
        'timeout=0' => ['invalid value "0" of "timeout"', '1ms to 60s'],
        'timeout=61s' => ['invalid value "61s"', '1ms to 60s'],
        'timeout=' => ['invalid value "" of "timeout"'],
        'timeout=-5ms' => ['invalid value "-5ms"', '1ms to 60s'],
        'connect_timeout=x' => ['invalid value "x" of "connect_timeout"'],
        'waiting=0' => ['invalid value "0" of "waiting"', '1 to 1000000'],
        'waiting=1e3' => ['invalid value "1e3" of "waiting"'],
        'nodes=1001' => ['invalid value "1001" of "nodes"', '1 to 1000'],
        'db=-1' => ['invalid value "-1" of "db"', '0 to 1023'],
        'db=99999999999999999999' => ['of "db"', '0 to 1023'],
        'tmieout=5ms' => ['unknown parameter "tmieout="', 'allowed are',
            'timeout=, connect_timeout=, waiting=, nodes=, last_used=, db='],
        'timeout' => ['unknown parameter "timeout"'],
        'password=open-sesame' => ['unknown parameter "password="',
            qr/^(?!.*sesame)/s],
        'db=1 db=2' => ['"db" is given twice'],
    );

    wrong($_, http("partner_redis unix:/x.sock $_;"), @{$wrong{$_}})
        for sort keys %wrong;

    wrong('a port', http('partner_redis 127.0.0.1:99999;'),
        'invalid address "127.0.0.1:99999"', 'allowed is HOST[:PORT], unix:');
    wrong('a host', http('partner_redis no.such.host.invalid;'),
        'host not found in "no.such.host.invalid:6379"');
    wrong('Sentinels without a name', http('partner_redis sentinel:a:1;'),
        'invalid address "sentinel:a:1"', 'sentinel:NAME@HOST[:PORT]');
    wrong('TLS', http('partner_redis rediss://127.0.0.1:6380;'),
        'invalid address "rediss://127.0.0.1:6380", no TLS in the installed '
        . 'hiredis', 'docs/operations.md');

    my $secret = $t->write_file('secret', "open to all\n");
    chmod(0644, $secret);
    wrong('a password for all', http("partner_redis unix:/x.sock "
        . "password_file=$secret;"), qq("$secret" is open to others));
    chmod(0600, $secret);
    is http("partner_redis unix:/x.sock user=u password_file=$secret;"), '',
        'a password';
    wrong('a user without a password', http('partner_redis unix:/x.sock '
        . 'user=u;'), 'user=u needs password_file=');
    $t->write_file('secret', "two\nlines\n");
    wrong('two lines', http("partner_redis unix:/x.sock "
        . "password_file=$secret;"), 'a file with one line');
    $t->write_file('secret', 'x' x 511 . "\r\n");
    is http("partner_redis unix:/x.sock password_file=$secret;"), '',
        'the longest password';
    for my $long ('x' x 512, 'x' x 511 . "\ny", 'x' x 511 . "\r\ny") {
        $t->write_file('secret', $long);
        wrong('more than is taken', http('partner_redis unix:/x.sock '
            . "password_file=$secret;"), 'one line of 1 to 511 bytes');
    }
    wrong('no file', http('partner_redis unix:/x.sock '
        . 'password_file=/nowhere/secret;'), 'open() "/nowhere/secret" failed');
    wrong('a socket', http('partner_redis unix:;'), '"unix:"');
    wrong('a password in an address', http(
        'partner_redis redis://:open-s@esame@127.0.0.1:6379;'),
        'invalid address "redis://...@127.0.0.1:6379"', qr/^(?!.*esame)/s);
    wrong('from no root', http('partner_redis unix:run/redis.sock;'),
        'invalid address "unix:run/redis.sock"', 'unix:/PATH');
    wrong('twice', http($redis, $redis),
        '"partner_redis" directive is duplicate');
    is http('partner_redis 127.0.0.1 timeout=1ms connect_timeout=60s'
        . ' waiting=1000000 nodes=1000 db=1023;'), '', 'every bound';
};

subtest 'partner_tier' => sub {
    my %wrong = (
        'platinum' => ['unknown tier "platinum"', 'basic, silver, gold'],
        'gold,silver' => ['unknown tier "gold,silver"'],
        'gold latency=0' => ['invalid value "0" of "latency"', '1ms to 1h'],
        'gold latency=200' => ['invalid value "200" of "latency"', 'unit'],
        'gold latency=fast' => ['invalid value "fast"', '1ms to 1h'],
        'gold availability=99.99' => ['invalid value "99.99"',
            'a percentage with at most three decimals, such as 99.99%'],
        'gold availability=99.9999%' => ['invalid value "99.9999%"'],
        'gold availability=100.001%' => ['invalid value "100.001%"'],
        'gold availability=0%' => ['invalid value "0%"'],
        'gold limit_mode=loose' => ['invalid value "loose"',
            'local, strict or lease'],
        'gold on_redis_error=panic' => ['invalid value "panic"',
            'deny, local or allow'],
        'gold revocation_lease=99ms' => ['invalid value "99ms"',
            '100ms to 1h'],
        'gold stale=2d' => ['invalid value "2d"', 'up to 1d'],
        'gold stale=1m stale=2m' => ['"stale" is given twice'],
        'gold latncy=1s' => ['unknown parameter "latncy="', 'latency=,'],
    );

    wrong($_, http("partner_tier $_;"), @{$wrong{$_}}) for sort keys %wrong;

    wrong('twice', http('partner_tier gold;', 'partner_tier gold;'),
        'partner_tier "gold" is given twice');
    wrong('twice under two names', http('partner_tier silver;',
        'partner_tier premium;'), 'partner_tier "silver" is given twice');
    like http('partner_tier gold limit_mode=lease;'),
        qr/"gold": limit_mode=lease needs partner_redis/,
        'lease without Redis';
    like http('partner_tier silver limit_mode=strict;'),
        qr/"silver": limit_mode=strict needs partner_redis/,
        'strict without Redis';
    is http($redis, 'partner_tier gold latency=1ms availability=100%'
        . ' limit_mode=strict on_redis_error=local revocation_lease=100ms'
        . ' stale=0;', 'partner_tier basic limit_mode=local;'), '',
        'every parameter';
};

subtest 'partner_limit_policy' => sub {
    my $allowed = 'a whole number from 1 on and a period';
    my %wrong = (
        'p' => [qr/invalid number of arguments|needs rate=/],
        'p burst=1' => ['partner_limit_policy "p" needs rate=', $allowed],
        'p/q rate=1r/s' => ['invalid name "p/q"',
            'letters, digits, "_" and "-"'],
        'x' x 64 . ' rate=1r/s' => ['invalid name', '1 to 63'],
        '"" rate=1r/s' => ['invalid name ""'],
        'p rate=1r/s burst=0' => ['invalid value "0" of "burst"',
            'a whole number from 1 on'],
        'p rate=1r/s burst=-1' => ['invalid value "-1" of "burst"'],
        'p rate=1r/s tier=iron' => ['invalid value "iron" of "tier"',
            'basic, silver, gold'],
        'p rate=1r/s per=host' => ['invalid value "host" of "per"',
            'partner, application, key, client or group'],
        'p rate=1r/s concurrency=1' => ['needs rate=', 'not both'],
        'p concurrency=0' => ['invalid value "0" of "concurrency"',
            'from 1 to 1000000'],
        'p concurrency=1 burst=2' => ['"burst" belongs to rate='],
        'p concurrency=1 plan=on' => ['"plan" belongs to rate='],
        'p rate=1r/s dry_run=yes' => ['invalid value "yes"', 'on or off'],
        'p rate=1r/s plan' => ['unknown parameter "plan"', 'plan='],
        'p rate=1r/s plan=maybe' => ['invalid value "maybe"', 'on or off'],
        'p rate=1r/s rate=2r/s' => ['"rate" is given twice'],
        'p rate=1r/d burst=2147483647' => ['burst 2147483647',
            'beyond exact arithmetic', 'years'],
    );

    for my $rate (qw(-1r/s 0r/s r/s 1 1r 1/s 1r/w 1.5r/s 1kr/s 1r/ss
        2147483648r/s 99999999999999999999r/s ten)) {
        $wrong{"p rate=$rate"}
            = [qq(invalid value "$rate" of "rate"), $allowed];
    }

    wrong($_, http("partner_limit_policy $_;"), @{$wrong{$_}})
        for sort keys %wrong;

    wrong('twice', http(('partner_limit_policy p rate=1r/s;') x 2),
        'partner_limit_policy "p" is given twice for all tiers');
    wrong('twice for a tier', http(
        ('partner_limit_policy p tier=gold rate=1r/s;') x 2),
        'partner_limit_policy "p" is given twice for gold');
    wrong('two subjects', http('partner_limit_policy p rate=1r/s per=key;',
        'partner_limit_policy p tier=gold rate=1r/s;'),
        'policy "p" was given another "per"');
    wrong('two kinds', http('partner_limit_policy p rate=1r/s;',
        'partner_limit_policy p tier=gold concurrency=1;'),
        'policy "p" was given "rate" before');
    is http('partner_limit_policy p rate=2147483647r/s burst=1;',
        'partner_limit_policy p tier=gold rate=1r/d burst=1000;',
        'partner_limit_policy p-_9 rate=1r/m per=application plan=on;',
        'partner_limit_policy f concurrency=5 per=client dry_run=on;',
        'partner_limit_policy f tier=gold concurrency=50 per=client;'), '',
        'every form';
};

subtest 'partner_limit' => sub {
    my $policies = join("\n",
        map { "partner_limit_policy p$_ rate=1r/s;" } 1 .. 9);
    my $auth = 'partner_auth key;';
    my $in = sub {
        http($redis, $policies, 'server { location / {', $auth, @_, '} }');
    };

    wrong('unknown', $in->('partner_limit p1 quota;'),
        'unknown policy "quota"',
        'a name that a partner_limit_policy above has defined');
    wrong('not yet defined', $t->config_error(
        "$zone server { location / { partner_auth key; partner_limit p; } }"
        . ' partner_limit_policy p rate=1r/s;'), 'unknown policy "p"');
    wrong('twice the same', $in->('partner_limit p1 p2 p1;'),
        'policy "p1" is given twice');
    wrong('nine', $in->('partner_limit ' . join(' ', map { "p$_" } 1 .. 9)
        . ';'), '9 policies', 'at most 8 are allowed');
    wrong('off and more', $in->('partner_limit p1 off;'),
        'unknown policy "off"');
    wrong('twice', $in->('partner_limit p1;', 'partner_limit p2;'),
        '"partner_limit" directive is duplicate');
    wrong('for nobody', http($policies,
        'server { location /open { partner_limit p1; } }'),
        '"partner_limit" is without effect in location "/open"',
        'add "partner_auth key;"');
    is $in->('partner_limit ' . join(' ', map { "p$_" } 1 .. 8) . ';'), '',
        'eight';
};

subtest 'partner_jwt' => sub {
    my $tokens = 'partner_jwt_zone zone=tokens:4m;';
    my $jwt = sub { http($tokens, "partner_jwt @_;") };
    my $good = 'issuer=https://i.example audience=a jwks=/_keys';
    my $inside = 'internal; proxy_pass http://127.0.0.1:1;';
    my $place = "server { location = /_keys { $inside } }";

    is http($tokens, "partner_jwt $good partner=p;", $place), '',
        'well-formed';
    wrong('no zone', http("partner_jwt $good partner=p;", $place),
        'partner_jwt_zone is missing');
    wrong('zone too small', http('partner_jwt_zone zone=tokens:3m;'),
        'invalid zone "zone=tokens:3m"', 'at least 4m');
    wrong('no issuer', $jwt->('audience=a jwks=/_keys'),
        '"issuer=" is missing');
    wrong('no audience', $jwt->('issuer=i jwks=/_keys'),
        '"audience=" is missing');
    wrong('an empty audience', $jwt->('issuer=i audience=a,,b jwks=/_keys'),
        'an empty audience');
    wrong('no keys', $jwt->('issuer=i audience=a'),
        'exactly one of "jwks=" and "jwks_file="');
    wrong('two sources', $jwt->("$good jwks_file=x"), 'exactly one of');
    wrong('no location', $jwt->("$good partner=p"),
        'no server has a location "/_keys"');
    wrong('two locations', http($tokens, "partner_jwt $good partner=p;",
        $place, $place), 'two servers have a location "/_keys"');
    wrong('not a path', $jwt->('issuer=i audience=a jwks=keys'),
        'begins with "/"');
    wrong('an algorithm', $jwt->("$good algorithms=RS256,none"),
        'unknown algorithm "none", allowed are HS256');
    wrong('fetched secrets', $jwt->("$good algorithms=HS256"),
        'only "jwks_file=" keeps secret');
    wrong('mixed', $jwt->('issuer=i audience=a jwks_file=x '
        . 'algorithms=HS256,RS256'), 'do not stand beside');
    wrong('claims without a partner', $jwt->("$good tier=t"),
        'only where "partner=" names one');
    wrong('no partner', http($tokens, "partner_jwt $good;", $place),
        'nothing says which partner');
    wrong('the name of another zone', $t->config_error(
        "partner_zone zone=x:4m;\npartner_jwt_zone zone=x:4m;"),
        'has the name of another zone');
    wrong('an environment of a record', $jwt->("$good environment=sandbox"),
        '"environment=" goes with "partner="');
    wrong('an environment', $jwt->("$good partner=p environment=test"),
        'invalid value "test" of "environment"', 'sandbox');
    wrong('clients of two', http($tokens, "partner_jwt $good;",
        'partner_jwt issuer=https://j.example audience=a jwks=/_keys;'),
        'their clients could not be told apart');
    for (['an open location', 'proxy_pass http://127.0.0.1:1;',
            'anybody could call it'],
        ['one that asks nobody', 'internal; return 200;',
            'it has to have a "proxy_pass"'],
        ['one for any that begins so', $inside,
            'it has to have "=" or "^~"', ''],
        ['one for callers', "partner_auth jwt; $inside",
            'it cannot have "partner_auth"'],
        ['a redacted one', "partner_redact p; $inside",
            'it has to have "partner_redact off"'])
    {
        my ($name, $in, $said, $how) = (@$_, '=');
        wrong($name, http($tokens, "partner_jwt $good partner=p;",
            'partner_redact_profile p email=mask;',
            "server { location $how /_keys { $in } }"),
            'partner_jwt "https://i.example": location "/_keys"', $said);
    }

    my $tls = 'internal; proxy_pass https://127.0.0.1:1;';
    my $ca = '/etc/ssl/certs/ca-certificates.crt';

    for ($tls, "$tls proxy_ssl_verify off;",
        'internal; proxy_pass $scheme://127.0.0.1:1;',
        'internal; uwsgi_pass suwsgi://127.0.0.1:1;')
    {
        wrong('whoever answers', http($tokens, "partner_jwt $good partner=p;",
            "server { location = /_keys { $_ } }"),
            'partner_jwt "https://i.example": location "/_keys"',
            'whoever answers would be believed', 'ssl_verify on"');
    }

    for ("server { location = /_keys { $tls proxy_ssl_verify on;"
            . "proxy_ssl_trusted_certificate $ca; } }",
        "proxy_ssl_verify on; proxy_ssl_trusted_certificate $ca;"
            . "server { location = /_keys { $tls } }")
    {
        is http($tokens, "partner_jwt $good partner=p;", $_), '',
            'an issuer that is verified';
    }

    is http($tokens, "partner_jwt $good partner=p;",
        "server { partner_auth jwt; location = /_keys { $inside } }"), '',
        'what a server asks of callers is none of its business';
    wrong('a claim', $jwt->(qq($good 'partner=a"b')),
        'of "partner", allowed is the name of a claim');
    wrong('nobody to trust', http($tokens,
        'server { location / { partner_auth jwt; } }'),
        'partner_jwt is missing', 'required by "partner_auth jwt"');

    my $secrets = $t->write_file('secrets.json', '{"keys":[{"kty":"oct","k":"'
        . 'A' x 86 . '"}]}');
    my $hmac = "issuer=i audience=a partner=p algorithms=HS256 "
        . "jwks_file=$secrets";
    wrong('secrets for all to read', $jwt->($hmac),
        qq(secret jwks_file "$secrets" is open to others, chmod o= it));
    chmod(0600, $secrets);
    is $jwt->($hmac), '', 'secrets for the master alone';

    wrong('stale', $jwt->("$good stale=1m"),
        'must not be less than "refresh="');
    wrong('leeway', $jwt->("$good leeway=1h"),
        'invalid value "1h" of "leeway", allowed is 0, or a time with its unit '
            . 'up to 5m');
    wrong('a bare number', $jwt->("$good leeway=60"),
        'invalid value "60" of "leeway", allowed is 0, or a time with its '
            . 'unit');
    wrong('no file', $jwt->('issuer=i audience=a jwks_file=absent'),
        'failed');
    wrong('a directory', $jwt->('issuer=i audience=a jwks_file=/etc'),
        'jwks_file "/etc" is a directory');
    wrong('a long one', $jwt->('issuer=i audience=a jwks_file='
        . $t->write_file('long.json', ' ' x 70_000)),
        'is of 70000 bytes, at most 65536 are allowed');
    wrong('issuer twice', http($tokens, "partner_jwt $good partner=p;",
        "partner_jwt $good partner=p;"), 'this issuer is given twice');

    wrong('a bad key', $jwt->('issuer=i audience=a jwks_file='
        . $t->write_file('bad.json', '{"keys":[{"kty":"RSA","n":"AQAB"}]}')),
        'at "/keys/0/n": required: 256 to 1024 bytes in base64url');
    wrong('no JSON', $jwt->('issuer=i audience=a jwks_file='
        . $t->write_file('bad.json', '{"keys":[')),
        qr{jwks_file "/.*/bad\.json": line 1});
    wrong('no key of use', $jwt->('issuer=i audience=a algorithms=ES256,EdDSA '
        . 'jwks_file=' . $t->write_file('bad.json', '{"keys":[]}')),
        'at "/keys": required: a key that verifies one of ES256, EdDSA');
    wrong('a private one', $jwt->('issuer=i audience=a jwks_file='
        . $t->write_file('bad.json', '{"keys":[{"kty":"OKP","d":"AA",'
        . '"crv":"Ed25519","x":"' . 'A' x 43 . '"}]}')),
        'at "/keys/0": allowed: a public key, without "d"');
};

subtest 'partner_introspection' => sub {
    my $tokens = 'partner_jwt_zone zone=tokens:4m;';
    my $ask = sub { http($tokens, "partner_introspection @_;") };
    my $good = 'location=/_ask partner=p';
    my $inside = 'internal; proxy_pass http://127.0.0.1:1;';
    my $place = "server { location = /_ask { $inside } }";
    my $file = $t->write_file('client', "id:secret\n");

    is http($tokens, "partner_introspection $good;", $place), '',
        'well-formed';
    wrong('no location', $ask->('partner=p'), 'begins with "/"');
    wrong('no such location', $ask->($good),
        'partner_introspection "/_ask": no server has a location "/_ask"');
    wrong('whoever answers', http($tokens, "partner_introspection $good;",
        'server { location = /_ask { internal; '
            . 'proxy_pass https://127.0.0.1:1; } }'),
        'partner_introspection "/_ask": location "/_ask": whoever answers',
        '"proxy_ssl_verify on"');
    wrong('an open one', http($tokens, "partner_introspection $good;",
        'server { location = /_ask { proxy_pass http://127.0.0.1:1; } }'),
        'partner_introspection "/_ask": location "/_ask": anybody could');
    wrong('no zone', http("partner_introspection $good;", $place),
        'partner_jwt_zone is missing');
    wrong('two', http($tokens, "partner_introspection $good;",
        "partner_introspection $good;"), 'only one is allowed');
    wrong('clients of two', http($tokens, 'partner_introspection '
        . 'location=/_ask;', 'partner_jwt issuer=i audience=a jwks=/_keys;'),
        'could not be told apart');
    wrong('no partner', http($tokens,
        'partner_introspection location=/_ask;', $place),
        'nothing says which partner');
    wrong('for ever', $ask->("$good cache=2h"),
        'invalid value "2h" of "cache", allowed is a time with its unit, from '
            . '1s to 1h');
    wrong('open to others', $ask->("$good credentials_file=$file"),
        qq("$file" is open to others, chmod o= it));
    chmod(0600, $file);
    is http($tokens, "partner_introspection $good credentials_file=$file;",
        $place), '', 'closed to others';
    $t->write_file('client', "id\n");
    wrong('no secret', $ask->("$good credentials_file=$file"),
        'has no line client_id:client_secret');
    $t->write_file('client', "id:secret\nid:other\n");
    wrong('two lines', $ask->("$good credentials_file=$file"),
        'has more than one line');
    wrong('nobody to ask', http($tokens,
        'server { location / { partner_auth opaque; } }'),
        'partner_introspection is missing');
};

subtest 'partner_auth' => sub {
    for my $inherited ('partner_scope a;', 'partner_limit p;') {
        wrong("inherited $inherited",
            http('partner_limit_policy p rate=1r/s;',
                "server { $inherited location / { return 200; } }"),
            'location "/" inherits "partner_', 'add "partner_auth key;", or '
            . '"partner_auth off;" if it is open');
        is http('partner_limit_policy p rate=1r/s;',
            "server { $inherited location / { partner_auth off; } }") =~
            /without effect/ ? 'refused' : '', '', 'open on purpose';
    }

    for my $name (qw(X-Partner-Key x_partner-key Authorization)) {
        my $said = location("partner_auth key header=$name;");
        like $said, qr/invalid value "\Q$name\E" of "header"/,
            "a key cannot stand in $name";
    }

    for my $value ('keys', 'on', 'key keys', 'jwt jwt', '""') {
        my ($last) = $value =~ /(\S+)$/;
        $last =~ s/"//g;
        wrong($value, location("partner_auth $value;"),
            qq(partner_auth: invalid value "$last"),
            'allowed is some of "key", "jwt" and "opaque", or "off"');
    }

    wrong('twice', location('partner_auth key;', 'partner_auth off;'),
        '"partner_auth" directive is duplicate');

    for my $name ('', 'Authorization', 'Host', 'cookie', 'X_Key', 'X Key',
        'x' x 65) {
        wrong("header $name", location(qq(partner_auth key "header=$name";)),
            qq(partner_auth: invalid value "$name" of "header"),
            'letters, digits and -');
    }

    for my $name ('', 'a&b', 'a=b', 'x' x 65) {
        wrong("query $name", location(qq(partner_auth key "query=$name";)),
            qq(partner_auth: invalid value "$name" of "query"),
            'letters, digits, _ and -');
    }

    wrong('a place twice',
        location('partner_auth key header=X-Key header=X-Other;'),
        '"header" is given twice');
    wrong('another place', location('partner_auth key cookie=key;'),
        'unknown parameter "cookie=", allowed are header=, query=');
    is location('partner_auth key header=X-API-Key query=api_key;'), '',
        'well-formed';
};

subtest 'partner_environment' => sub {
    for my $value ('prod', 'Production', '""') {
        (my $token = $value) =~ s/"//g;
        wrong($value, location("partner_environment $value;"),
            qq(partner_environment: invalid value "$token"),
            'production, staging, development, sandbox');
    }

    wrong('twice', location(('partner_environment staging;') x 2),
        '"partner_environment" directive is duplicate');
    like location('partner_environment staging;'),
        qr{"partner_environment" is without effect in location "/"},
        'where nobody is asked';
    is location('partner_auth key;', 'partner_environment staging;'), '',
        'well-formed';
};

subtest 'partner_stale' => sub {
    wrong($_, location("partner_stale $_;"),
        qq(partner_stale: invalid value "$_"), 'up to 1d')
        for '2d', '-1', 'never';
    wrong('twice', location(('partner_stale 0;') x 2),
        '"partner_stale" directive is duplicate');
    like location('partner_stale 0;'),
        qr{"partner_stale" is without effect in location "/"},
        'where nobody is asked';
    is location('partner_auth key;', 'partner_stale 0;'), '', 'well-formed';
};

subtest 'partner_ramp' => sub {
    my $ok = 'partner=acme start=2027-01-31T08:00:00Z over=1d';
    my %wrong = (
        'partner=a/b start=2027-01-31T08:00:00Z over=1d' =>
            ['invalid value "a/b" of "partner"'],
        'partner=acme start=tomorrow over=1d' =>
            ['invalid value "tomorrow" of "start"', 'RFC 3339'],
        'partner=acme start=2027-01-31T08:00:00Z over=32d' =>
            ['invalid value "32d" of "over"', '1s to 31d'],
        "$ok from=0%" => ['invalid value "0%" of "from"', '1% to 99%'],
        "$ok from=100%" => ['invalid value "100%" of "from"'],
        "$ok to=2" => ['unknown parameter "to="', 'partner=, start=, over='],
        'partner=acme over=1d' => ['needs "partner=", "start=" and "over="'],
    );
    wrong($_, http("partner_ramp $_;"), @{$wrong{$_}}) for sort keys %wrong;

    wrong('twice', http(("partner_ramp $ok;") x 2), 'partner "acme" has one');
    like http("partner_limit_policy p rate=1r/d burst=51000;",
        "partner_ramp $ok;"), qr/of partner_limit_policy "p" cannot be counted/,
        'too fine';
    is http("partner_limit_policy p rate=10r/d burst=1000;",
        "partner_ramp $ok from=10%;"), '', 'well-formed';
};

subtest 'partner_overload' => sub {
    for my $name ('a/b', '""', 'x' x 64, 'off dry_run=on') {
        my ($token) = split(/ /, $name =~ s/"//gr);
        wrong($name, location('partner_auth key;', "partner_overload $name;"),
            'partner_overload: invalid name "' . ($token // '') . '"',
            '"off" alone, or 1 to 63');
    }

    wrong('dry', location('partner_auth key;', 'partner_overload a dry=on;'),
        'unknown parameter "dry="', 'dry_run=');
    wrong('dry', location('partner_auth key;',
        'partner_overload a dry_run=yes;'), 'invalid value "yes"', 'on or off');
    wrong('twice', location('partner_auth key;', ('partner_overload a;') x 2),
        '"partner_overload" directive is duplicate');
    wrong('for nobody', location('partner_overload a;'),
        '"partner_overload" is without effect in location "/"');
    like http($redis, (map { "server { partner_auth key;
        location / { partner_overload p$_; } }" } 1 .. 33)),
        qr/no room for the names in the configuration/, 'too many';
    is location('partner_auth key;', 'partner_overload a.b dry_run=on;'), '',
        'well-formed';
};

subtest 'partner_scope' => sub {
    wrong('off among others', location('partner_auth key;',
        'partner_scope read:rides off;'), 'invalid scope "off"');
    wrong('satisfy any', location('satisfy any;', 'partner_auth key;'),
        '"satisfy any" would let a call in', '"satisfy all"');
    wrong('a policy called off', http('partner_limit_policy off rate=1r/s;'),
        'invalid name "off"');
    wrong('a profile called off', http('partner_redact_profile off a=mask;'),
        'invalid name "off"');

    for my $scope ('read:*', '*', 'a\"b', 'a\\\\b', 'x' x 65, '"read rides"',
        "caf\xc3\xa9", '""') {
        (my $token = $scope) =~ s/^"(.*)"$/$1/;
        $token =~ s/\\(.)/$1/g;
        wrong($scope, location('partner_auth key;',
            "partner_scope read:rides $scope;"),
            qq(partner_scope: invalid scope "$token"),
            'allowed is "off" or');
    }

    like location('partner_scope read:rides;'),
        qr{"partner_scope" is without effect in location "/"}, 'for nobody';
    like location('partner_auth off;', 'partner_scope read:rides;'),
        qr{"partner_scope" is without effect in location "/"}, 'switched off';
    wrong('twice', location('partner_auth key;', ('partner_scope a;') x 2),
        '"partner_scope" directive is duplicate');
    is location('partner_auth key;', 'partner_scope read:rides write~x;'),
        '', 'well-formed';
};

subtest 'partner_redact_profile, partner_redact' => sub {
    my %wrong = (
        'p email' => ['invalid rule "email"', 'FIELD=ACTION', 'mask'],
        'p email=hide' => ['rule "email=hide"', 'mask, mask(N,M), null'],
        'p email=' => ['rule "email="'],
        'p =mask' => ['rule "=mask"', '1 to 64'],
        'p ' . 'x' x 65 . '=mask' => ['has 65 bytes', '1 to 64'],
        'p email=mask EMAIL=null' => ['"EMAIL" is named twice'],
        'p email==mask' => ['"email=" is no plain field name', '$.list[0]'],
        'p email[0]=mask' => ['"email[0]" is no plain field name'],
        'p "\'email\'=mask"' => ['is no plain field name'],
        map({ ("p $_" => [qq(invalid rule "$_"), 'x-pii:CLASS=ACTION']) }
            'x-pii:=mask', 'x_pii=mask', 'X-PII=mask', 'x-pii.email=mask',
            'x-pii'),
        'p ' . join(' ', map { "f$_=mask" } 1 .. 65) =>
            ['too many fields', '64'],
    );

    wrong($_, http("partner_redact_profile $_;"), @{$wrong{$_}})
        for sort keys %wrong;

    like http('partner_redact_profile p x-pii:emial=mask;'),
        qr/rule for "x-pii:emial", but no partner_contract marks anything/,
        'a class that nothing has';

    my $p = 'partner_redact_profile p email=mask;';
    wrong('twice', http($p, $p), 'partner_redact_profile "p" is given twice');
    wrong("a profile called $_", http("partner_redact_profile $_ a=mask;"),
        'invalid name', 'allowed: 1 to 63 letters') for '""', '"a b"', 'a:b';
    wrong('a profile without a rule',
        http('partner_redact_profile p case=exact;'), 'has no rule');
    wrong('unknown', location('partner_redact p;'), 'unknown profile "p"',
        'a name that a partner_redact_profile above has defined');

    my $in = sub { http($p, 'server { location / {', @_, '} }') };
    wrong('other', $in->('partner_redact p other=maybe;'),
        'invalid parameter "other=maybe"',
        'allowed is other=refuse or other=pass');
    wrong('no parameter', $in->('partner_redact p pass;'),
        'invalid parameter "pass"');
    wrong('twice set', $in->('partner_redact p;', 'partner_redact off;'),
        '"partner_redact" directive is duplicate');
    is $in->('partner_redact p other=pass;'), '', 'well-formed';
};

subtest 'partner_keys' => sub {
    my $json = JSON::PP->new->canonical;
    my %good = (sha256 => key_digest($key), id => 'k', partnerId => 'p',
        tier => 'gold', scopes => ['read:rides']);

    my $with = sub {
        my ($text, @more) = @_;
        my $file = $t->write_file('keys.json', $text);
        return http("partner_keys $file;", @more);
    };
    my $entry = sub { $with->($json->encode({ keys => [{ %good, @_ }] })) };

    wrong('missing', http('partner_keys /nowhere/keys.json;'),
        'open() "/nowhere/keys.json" failed', 'No such file');
    wrong('a directory', http('partner_keys /etc;'),
        'partner_keys "/etc" is a directory');
    wrong("empty: $_->[0]", $with->($_->[1]),
        qr{partner_keys "\S+/keys.json": it is empty, required: a JSON object})
        for ['nothing', ''], ['a line', "\n"];
    wrong('a text', $with->(qq("keys"\n)),
        qr{partner_keys "\S+/keys.json": required: a JSON object});
    wrong('not JSON', $with->("{\n  keys: []}"), 'line 2');
    wrong('a list', $with->('[]'),
        qr{partner_keys "\S+/keys.json": required: \{"keys": \[\.\.\.\]\}});
    wrong('no keys', $with->('{}'), 'required: {"keys": [...]}');
    wrong('more than keys', $with->('{"keys": [], "notes": 1}'), '"/notes"',
        'unknown member, allowed: keys');
    wrong('duplicate members', $with->('{"keys": [], "keys": []}'),
        'a member occurs twice');
    wrong('an unknown member', $entry->(rate => 5), '"/keys/0/rate"',
        'unknown member, allowed: ', 'rateLimit');
    wrong('no digest', $entry->(sha256 => 'abc'), '"/keys/0/sha256"',
        '64 hexadecimal digits');
    wrong('a tier', $entry->(tier => 'iron'), '"/keys/0/tier"',
        'basic, silver, gold');
    wrong('a scope', $entry->(scopes => ['ok', 'not ok']),
        '"/keys/0/scopes/1"', 'allowed: ');
    wrong('a limit', $entry->(rateLimit => -1), '"/keys/0/rateLimit"');
    wrong('a time', $entry->(expiresAt => 'tomorrow'), '"/keys/0/expiresAt"');
    wrong('a status', $entry->(status => 'gone'), '"/keys/0/status"',
        'active, rotated, revoked, expired');
    wrong('an id', $entry->(partnerId => 'a/b'), '"/keys/0/partnerId"');
    wrong('the same key twice', $with->($json->encode({
        keys => [\%good, { %good, id => 'l' }] })), '"/keys/1/sha256"',
        'the same key as /keys/0');
    wrong('the same id twice', $with->($json->encode({ keys => [\%good,
        { %good, sha256 => key_digest('another') }] })), '"/keys/1/id"',
        'the id of /keys/0 too');
    wrong('too big', $with->(' ' x (16 * 1024 * 1024 + 1)),
        '16777217 bytes, at most 16777216 are allowed');
    wrong('twice', http(('partner_keys ' . $t->write_file('keys.json',
        registry($key => {})) . ';') x 2),
        '"partner_keys" directive is duplicate');
    is $entry->(), '', 'a good one';
    is $with->('{"keys": []}'), '', 'an empty one';

    my $many = $json->encode({ keys => [map { +{ %good,
        sha256 => key_digest("key $_"), id => "k$_",
        partnerId => "p$_" . 'x' x 50 } } 1 .. 5000] });
    like $_, qr/"partners" has no room for the names/,
        'more names than the zone holds'
        for $with->($many),
            $with->($many, 'partner_slo a tier=gold partner=x;');
};

subtest 'where keys come from' => sub {
    my $server = 'server { location /a { partner_auth key; } }';
    wrong('nowhere', http($server), '"partner_auth key" in location "/a"',
        'add "partner_keys" or "partner_redis"');
    is http($redis, $server), '', 'Redis';
    is http('partner_keys ' . $t->write_file('none.json', '{"keys": []}') . ';',
        $server), '', 'a file';
};

subtest 'a contract of other paths' => sub {
    my $text = '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, '
        . '"servers": [{"url": "/v2"}], "paths": {"/rides/{id}": {"get": {'
        . '"operationId": "a", "security": [], "responses": '
        . '{"200": {"description": "."}}, "parameters": [{"name": "id", '
        . '"in": "path", "required": true, "schema": {"type": "string"}}]}}}}';
    my $file = $t->write_file('contract.json', $text);

    for (['/v1/', 1], ['= /v2/rides', 1], ['/v2/x', 1], ['/v2', 0],
        ['/', 0], ['/v2/rides/7', 0], ['= /v2/rides/7', 0], ['~ ^/v1', 0]) {
        my ($where, $warned) = @$_;
        my ($status, $said) = $t->config_check("%%GLOBALS%%\n"
            . "load_module %%MODULE%%;\nevents {}\nhttp {\n"
            . "%%GLOBALS_HTTP%%\n$zone$redis server { location $where { "
            . "partner_auth key; partner_contract $file; } } }\n");

        is $status, 0, "$where: may be";
        is $said =~ /\[warn\].*has no path that comes here/ ? 1 : 0, $warned,
            "$where: " . ($warned ? 'warned of' : 'nothing to say');
    }
};

subtest 'where a directive may stand' => sub {
    like location("$_;"), qr/"\w+" directive is not allowed here/, $_
        for 'partner_zone zone=x:1m', 'partner_redis unix:/x',
        'partner_keys x', 'partner_tier gold',
        'partner_limit_policy p rate=1r/s', 'partner_redact_profile p a=mask';
    like http("$_;"), qr/"\w+" directive is not allowed here/, "$_ in http"
        for qw(partner_metrics partner_status partner_problem);
};

$t->write_file('keys.json', registry($key => {}));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    partner_limit_policy one rate=1r/h burst=100;
    partner_limit_policy two rate=1r/h burst=200;

    partner_redact_profile mail email=mask;
    partner_redact_profile name name=null;

    partner_auth key;
    partner_scope read:rides;
    partner_limit one;
    partner_redact mail;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /own {
            partner_scope write:rides;
            partner_limit two;
            partner_redact name;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;

            location /own/free {
                partner_scope off;
                partner_limit off;
                partner_redact off;
                proxy_pass http://127.0.0.1:%%PORT_8081%%;
            }
        }

        location /open {
            partner_auth off;
            partner_scope off;
            partner_limit off;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;

        partner_auth off;
        partner_scope off;
        partner_limit off;
        partner_redact off;
        default_type application/json;

        location / { return 200 '{"name":"Ada","email":"a@b"}'; }
    }
}
EOC

subtest 'inheritance' => sub {
    my $r = $t->get_as($key, '/');
    is $r->body, '{"name":"Ada","email":"***"}', 'what http says';
    is $r->header('X-RateLimit-Limit'), 100, 'its limit';
    is $t->get('/')->status, 401, 'its authentication';

    is $t->get_as($key, '/own')->code, 'insufficient_scope', 'an own scope';

    $r = $t->get_as($key, '/own/free');
    is $r->body, '{"name":"Ada","email":"a@b"}', 'off within own';
    is $r->header('X-RateLimit-Limit'), undef, 'no limit';
    is $t->get('/own/free')->status, 401, 'still authenticated';

    is $t->get('/open')->body, '{"name":"Ada","email":"***"}',
        'open to all, and redacted';
};

done_testing;
