#!/usr/bin/perl

# Where a key may stand, that it stands there alone, that one from a query goes
# no further, and which environment it is good for.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(production staging unsaid);

$t->write_file('keys.json', registry(
    $key{production} => { environment => 'production' },
    $key{staging} => { environment => 'staging' },
    $key{unsaid} => {},
));

# Above debug, where nginx itself shows each query that it reads.
$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%
    error_log %%DIR%%/http.log notice;

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    log_format query '$request|$request_uri|$args|$arg_api_key';

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /header {
            partner_auth key header=X-API-Key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;

            location /header/inherited {
                proxy_pass http://127.0.0.1:%%PORT_8081%%;
            }

            location /header/not {
                partner_auth key;
                proxy_pass http://127.0.0.1:%%PORT_8081%%;
            }
        }

        location /query {
            access_log %%DIR%%/query.log query;
            partner_auth key query=api_key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /query/rewritten {
            access_log %%DIR%%/query.log query;
            partner_auth key query=api_key;
            set $args "$args&more=1";
            proxy_pass http://127.0.0.1:%%PORT_8081%%/other;
        }

        location /query/gone {
            access_log %%DIR%%/query.log query;
            partner_auth key query=api_key;
            rewrite ^ /other? break;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /production {
            partner_auth key;
            partner_environment production;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /staging {
            partner_auth key;
            partner_environment staging;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /redirected {
            partner_auth key;
            partner_environment staging;
            rewrite ^ /production break;
            error_page 502 = /production;
            proxy_pass http://127.0.0.1:1;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$request_uri"; }
    }
}
EOC

my $good = $key{production};


sub answer {
    my $r = $t->get(@_);
    return join(' ', grep { defined } $r->status, $r->code);
}


sub answer_with {
    my ($uri, @fields) = @_;

    my $http = $t->connect;
    $http->send(join("\r\n", "GET $uri HTTP/1.1", 'Host: x', @fields, '', ''));
    my $r = $http->response;
    return join(' ', grep { defined } $r->status, $r->code);
}


my $bearer = "Authorization: Bearer $good";
my $basic = 'Authorization: Basic YTpi';

subtest 'Authorization' => sub {
    is answer_with('/', $bearer), '200', 'a key';
    is answer_with('/', "aUTHORIZATION: bEARER    $good"), '200', 'any case';
    is answer_with('/', $basic), '401 missing_credential', 'another scheme';
    is answer_with('/', "X-API-Key: $good"), '401 missing_credential',
        'no header that the location does not name';
    is answer_with("/?api_key=$good"), '401 missing_credential',
        'nor the query';

    is $t->get('/')->json->{detail},
        'Send an API key as Authorization: Bearer.', 'where it belongs';
    is $t->get('/header')->json->{detail}, 'Send an API key as '
        . 'Authorization: Bearer, or in the header field x-api-key.',
        'or a header that the location names';

    # RFC 9110, section 11.4: spaces, any number, and nothing else
    is answer_with('/', "Authorization: Bearer   $good"), '200', 'spaces';
    is answer_with('/', "Authorization: Bearer$_$good"),
        '401 malformed_credential', 'a tab' for "\t", " \t", "\t ";
    is answer_with('/', "Authorization: Bearer$good"),
        '401 missing_credential', 'another scheme';

    # by nginx itself
    is answer_with('/', $bearer, $bearer), '400', 'the same one twice';
    is answer_with('/', $bearer, $basic), '400', 'another beside it';
    is answer_with('/', $basic, $bearer), '400', 'or before it';
};

subtest 'a header of its own' => sub {
    for my $uri ('/header', '/header/inherited') {
        is answer_with($uri, "X-API-Key: $good"), '200', "$uri: there";
        is answer_with($uri, "x-api-key: $good"), '200', "$uri: any case";
        is answer_with($uri, $bearer), '200', "$uri: or the other";
        is answer_with($uri, "X-API-Key: $good", $basic), '200',
            "$uri: the other has no key";
        is answer_with($uri, "X-API-Key: $good", $bearer),
            '400 ambiguous_credential', "$uri: both";
        is answer_with($uri, ("X-API-Key: $good") x 2),
            '400 ambiguous_credential', "$uri: twice";
        is answer_with($uri, 'X-API-Key:'), '401 malformed_credential',
            "$uri: empty";
        is answer_with($uri, "X-API-Key: Bearer $good"),
            '401 malformed_credential', "$uri: the key alone";
        is answer_with($uri), '401 missing_credential', "$uri: none";
    }

    is answer_with('/header/not', "X-API-Key: $good"),
        '401 missing_credential', 'taken back below';
};

subtest 'the query' => sub {
    my $stars = '*' x length $good;

    my $r = $t->get("/query?a=1&api_key=$good&b=2");
    is $r->status, 200, 'there';
    is $r->body, "/query?a=1&api_key=$stars&b=2", 'the upstream gets it masked';

    is $t->get("/query/rewritten?api_key=$good")->body,
        "/other?api_key=$stars&more=1", 'rewritten arguments too';

    is answer("/query?api_key=$good&api_key=$good"),
        '400 ambiguous_credential', 'twice';
    is answer_with("/query?api_key=$good", $bearer),
        '400 ambiguous_credential', 'and in a header';
    is answer("/query?Api_Key=$good"), '200', 'a name has no case';
    is $t->get("/query?a%70i%5Fkey=$good")->body, "/query?a%70i%5Fkey=$stars",
        'one that is percent-encoded is the same';
    is answer('/query?a%7xi_key=none'), '401 missing_credential',
        'one that is not well so is another';
    is answer('/query?xapi_key=none'), '401 missing_credential',
        'but is whole';
    is answer('/query?api_key='), '401 malformed_credential', 'empty';
    is answer('/query?api_key'), '401 missing_credential', 'no value';
    is answer('/query'), '401 missing_credential', 'no query';
    is answer_with('/query', $bearer), '200', 'a header serves as well';
    is answer('/query?api_key=sk_' . 'x' x 48), '401 malformed_credential',
        'what is none';
    is answer("/query/gone?api_key=$good"), '401 missing_credential',
        'one that a rewrite took away';

    my $log;
    soon { $log = $t->read_file('query.log'); ($log =~ tr/\n//) == 14 }
        'each call is logged';
    my @lines = split /\n/, $log;
    is $lines[0], "GET /query?a=1&api_key=$stars&b=2 HTTP/1.1"
        . "|/query?a=1&api_key=$stars&b=2|a=1&api_key=$stars&b=2|$stars",
        'the log has it masked, wherever it looks';
    is_deeply [grep { /[?&|]api_key=[^*&| ]/i } @lines], [],
        'good or bad, once or twice';
};

subtest 'environments' => sub {
    my $refused = '403 environment_not_allowed';
    my %expected = (
        production => ['200', '200', $refused],
        staging => ['200', $refused, '200'],
        unsaid => ['200', '200', $refused],
    );

    for my $name (sort keys %expected) {
        my @got = map {
            answer($_, headers => { Authorization => "Bearer $key{$name}" })
        } '/', '/production', '/staging';

        is_deeply \@got, $expected{$name}, $name;
    }

    is answer('/redirected',
        headers => { Authorization => "Bearer $key{staging}" }), $refused,
        'where an internal redirect leads, too';
};

is $t->get('/query')->json->{detail}, 'Send an API key as Authorization: '
    . 'Bearer, or in the argument api_key of the query.',
    'a refusal names the argument';

done_testing;
