#!/usr/bin/perl

# What nginx itself refuses is problem+json as well, and no refusal disturbs
# the connection it is made on.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();

$t->write_file('keys.json', registry($key => {}));
$t->write_file('files/few', 'few bytes');
$t->certificate;
$t->upstream(sub {
    my ($connection, $request) = @_;

    # It never answers this one, and says nothing of sense to that.
    sysread($connection, my $nothing, 1) if $request->{uri} =~ m{^/slow};
    print $connection "HTTP/1.1 200 OK\r\n\0: x\r\n\r\n"
        if $request->{uri} =~ m{^/odd};
    return 0;
});

# Each status that docs/errors.md says nginx answers with, and its code.
my ($table) = $t->read_file($t->top . '/docs/errors.md')
    =~ /^Made by `partner_problem`(.*?)^## /ms;
my %documented = reverse $table =~ /^\| `(\w+)` \| (\d+)/mg;

# On a timeout nginx closes, as is said there, and 431 is what 494 becomes.
delete @documented{408, 431};
my $each = join '', map { "location = /status/$_ { return $_; }\n" }
    sort keys %documented;

my $nginx = $t->run(<<'EOC' =~ s/%%EACH%%/$each/r);
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_limit_policy once rate=1r/h burst=1;
    partner_redact_profile mail email=mask;

    client_header_buffer_size 1k;
    large_client_header_buffers 2 2k;
    client_max_body_size 64k;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8443%% ssl http2;

        ssl_certificate     %%CERT%%;
        ssl_certificate_key %%CERT_KEY%%;
        ssl_protocols       TLSv1.3;

        error_page 400 403 404 405 408 411 413 414 415 416 421 429
                   497 500 501 502 503 504 505 507 /_problem;
        error_page 494 =431 /_problem;
        error_page 495 =495 /_problem;
        error_page 496 =496 /_problem;

        location = /_problem {
            internal;
            partner_problem;
        }

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /limited {
            partner_auth key;
            partner_limit once;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /text {
            partner_auth key;
            partner_redact mail;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /files { root %%DIR%%; }
        location /closed { deny all; }
        location /teapot { return 418; }
        location /broken { return 500; }
        location /rejected { return 495; }
        location /uncertified { return 496; }
        %%EACH%%

        location /dead {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location /away {
            error_page 502 504 =503 /_problem;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location /slow {
            proxy_read_timeout 300ms;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /odd { proxy_pass http://%%UPSTREAM%%; }

        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8084%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /text {
            partner_auth key;
            partner_redact mail;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        client_max_body_size 0;

        location / { return 200 "hello\n"; }
    }
}
EOC

# What raw bytes are answered with, on a connection of their own.
sub raw {
    my ($bytes, $method) = @_;
    my $http = $t->connect;
    $http->send($bytes);
    return $http->response($method);
}


sub is_problem {
    my ($r, $status, $code, $name) = @_;
    my $json = $r->json || {};

    is join(' ', $r->status, $r->header('Content-Type'), $json->{status} // '',
        $json->{code} // '', $json->{type} // ''),
        "$status application/problem+json $status $code "
        . "urn:partner:problem:$code", $name;
    like $json->{requestId} // '', qr/^[0-9a-f]{32}$/, "$name: its request";
    is $r->header('Content-Length'), length $r->body, "$name: its length";
}


subtest 'errors of nginx' => sub {
    is_problem(raw("GET / HTTP/1.1\r\n\r\n"), 400, 'bad_request', 'no host');
    is_problem(raw("nonsense\r\n\r\n"), 400, 'bad_request', 'no HTTP');
    is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n"),
        400, 'bad_request', 'no number');
    is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " . 'x' x 5000
        . "\r\n\r\n"), 431, 'headers_too_large', 'a header too large');
    is_problem(raw('GET /' . 'x' x 5000 . " HTTP/1.1\r\nHost: x\r\n\r\n"),
        414, 'uri_too_long', 'a URI too long');
    is_problem(raw("GET / HTTP/3.0\r\nHost: x\r\n\r\n"),
        505, 'version_not_supported', 'a version');
    is_problem(raw("POST / HTTP/1.1\r\nHost: x\r\n"
        . "Transfer-Encoding: gzip\r\n\r\n"), 501, 'not_implemented',
        'a coding');

    is_problem($t->get('/files/none'), 404, 'not_found', 'no file');
    is_problem($t->get('/_problem'), 404, 'not_found', 'the page itself');
    is_problem($t->get('/closed'), 403, 'forbidden', 'closed');
    is_problem($t->get('/broken'), 500, 'internal_error', 'an error');
    is_problem($t->request('POST', '/metrics', body => 'x'), 405,
        'method_not_allowed', 'a method');
    is_problem($t->request('DELETE', '/status'), 405, 'method_not_allowed',
        'another');
    is_problem($t->request('POST', '/', body => 'x' x 70000), 413,
        'payload_too_large', 'a body too large');
    is $t->get('/teapot')->status, 418, 'what error_page does not name';

    is_problem($t->get('/files/few',
        headers => { Range => 'bytes=99999-' }), 416,
        'range_not_satisfiable', 'a range outside of a file');

    is_problem($t->get_as($key, '/dead'), 502, 'upstream_unavailable',
        'a dead upstream');
    is_problem($t->get('/odd'), 502, 'upstream_unavailable',
        'an upstream without sense');
    is_problem($t->get('/slow'), 504, 'upstream_timeout',
        'an upstream without answer');
    is_problem($t->get('/away'), 503, 'service_unavailable',
        'as the configuration has it');

    is_problem(scalar $t->curl('http://127.0.0.1:%%PORT_8443%%/'), 400,
        'https_required', 'plain HTTP where TLS is spoken');
    is_problem($t->get('/rejected'), 400, 'certificate_rejected',
        'a client certificate that is not accepted');
    is_problem($t->get('/uncertified'), 400, 'certificate_required',
        'none');
    is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n"
        . "Authorization: Bearer b\r\n\r\n"), 400,
        'ambiguous_credential', 'two fields Authorization');
    is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"), 400,
        'bad_request', 'another field twice');
};

subtest 'each code of the documentation' => sub {
    cmp_ok scalar keys %documented, '>=', 18, 'they were found';
    is_problem($t->get("/status/$_"), $_, $documented{$_}, "status $_")
        for sort keys %documented;
};

subtest 'the refusal of a call keeps its code behind error_page' => sub {
    is $t->get('/')->code, 'missing_credential', '401 has no page';
    my $r = $t->get_as($key, '/limited');
    is $r->status, 200, 'one passes';
    is_problem($r = $t->get_as($key, '/limited'), 429, 'rate_limited',
        'the next does not');
    is scalar(@{[$r->header_all($_)]}), 1, "$_ once" for qw(Retry-After
        X-RateLimit-Limit X-RateLimit-Remaining RateLimit RateLimit-Policy);
    is_problem($t->get_as($key, '/text'), 502, 'response_not_redactable',
        'an answer that cannot be redacted');
    is_problem($t->get_as($key, '/text', port => 8084), 502,
        'response_not_redactable', 'without any error_page');
    is_problem($t->get('/', port => 8084), 401, 'missing_credential',
        'a refusal without any error_page');
};

subtest 'HEAD' => sub {
    for my $uri ('/', '/dead', '/files/none', '/text') {
        my $http = $t->connect;
        my $headers = { Authorization => "Bearer $key" };
        $headers = {} if $uri eq '/';
        my $get = $http->request('GET', $uri, headers => $headers);
        next if $uri eq '/text' && $http->closed(1) && ($http = $t->connect);
        my $r = $http->request('HEAD', $uri, headers => $headers);
        is $r->status, $get->status, "$uri: the status of GET";
        is $r->header('Content-Length'), $get->header('Content-Length'),
            "$uri: the length of GET";
        is $http->request('GET', '/metrics')->status, 200,
            "$uri: no body was sent";
    }
};

subtest 'refusals leave the connection as it was' => sub {
    my $http = $t->connect;
    my $all = 0;

    for my $body (undef, '', 'x', 'x' x 60000, ['x'], ['x' x 30000, 'y']) {
        my $what = ref $body ? 'chunks' : defined $body ? length $body : 'no';
        my $r = $http->request('POST', '/', body => $body);
        is_problem($r, 401, 'missing_credential', "$what as a body");
        is $r->header('Connection'), 'keep-alive', "$what: it is kept";
        $all++;
    }

    my $r = $http->request('POST', '/', body => 'x' x 60000,
        headers => { Authorization => "Bearer $key" });
    is $r->body, "hello\n", 'a good call on the same connection';

    # Three at once: each refusal has its place.
    my $bad = Partner::Http::format_request('POST', '/', body => 'x' x 100);
    my $good = Partner::Http::format_request('GET', '/',
        headers => { Authorization => "Bearer $key" });
    $http->send($bad . $good . $bad);
    is join(' ', map { $http->response->status } 1 .. 3), '401 200 401',
        'pipelined';

    # The body comes after the refusal.
    $http = $t->connect;
    $http->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n");
    is $http->response->status, 401, 'refused before the body';
    $http->send('x' x 50000);
    is $http->request('GET', '/metrics')->status, 200, 'which is skipped';

    $http = $t->connect;
    $http->send("POST / HTTP/1.1\r\nHost: x\r\n"
        . "Transfer-Encoding: chunked\r\n\r\n");
    is $http->response->status, 401, 'refused before the first chunk';
    $http->send(sprintf("%x\r\n%s\r\n", 5000, 'x' x 5000) x 3 . "0\r\n\r\n");
    is $http->request('GET', '/metrics')->status, 200, 'they are skipped';

    $http = $t->connect;
    $http->send("POST / HTTP/1.1\r\nHost: x\r\n"
        . "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n");
    is_problem($r = $http->response, 401, 'missing_credential',
        'refused with chunks that make no sense');
    ok $http->closed, 'and then it is over';
};

subtest 'Expect: 100-continue' => sub {
    for my $case (['' => 401], ["Authorization: Bearer $key\r\n" => 200]) {
        my ($authorization, $status) = @$case;
        my $http = $t->connect;
        $http->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            . "${authorization}Expect: 100-continue\r\n\r\n");
        wait_until { $http->_read; length $http->unread };
        my ($first) = $http->unread =~ m{^HTTP/1.1 (\d+)};
        is $first, $status == 200 ? 100 : 401, $status == 200
            ? 'a good call is asked for its body' : 'a refused one is not';
        next if $status == 401;
        $http->send('x' x 1000);
        is $http->response->status, $status, 'then answered';
    }
};

subtest 'HTTP/1.0' => sub {
    my $r = raw("GET / HTTP/1.0\r\n\r\n");
    is $r->status, 401, 'refused';
    is $r->header('Connection'), 'close', 'and closed';
    is raw("GET / HTTP/1.0\r\nAuthorization: Bearer $key\r\n\r\n")->body,
        "hello\n", 'served';
};

subtest 'HTTP/2 over TLS 1.3' => sub {
    my @tls = ('--insecure', '--tlsv1.3', '--http2');
    my $at = 'https://127.0.0.1:%%PORT_8443%%';
    my @as = ('-H', "Authorization: Bearer $key");
    my $big = $t->write_file('big', 'x' x 60000);
    my $bigger = $t->write_file('bigger', 'x' x 70000);

    my $r = $t->curl(@tls, @as, "$at/");
    is $r->version . ' ' . $r->status, 'HTTP/2 200', 'served';
    is_problem(scalar $t->curl(@tls, "$at/"), 401, 'missing_credential',
        'refused');
    is_problem(scalar $t->curl(@tls, '--data-binary', "\@$big", "$at/"), 401,
        'missing_credential', 'refused with a body');
    is_problem(scalar $t->curl(@tls, @as, '--data-binary', "\@$bigger",
        "$at/"), 413, 'payload_too_large', 'a body too large');
    is_problem(scalar $t->curl(@tls, @as, "$at/dead"), 502,
        'upstream_unavailable', 'a dead upstream');
    is_problem(scalar $t->curl(@tls, @as, "$at/limited"), 429, 'rate_limited',
        'a limit');
    is_problem(scalar $t->curl(@tls, @as, "$at/text"), 502,
        'response_not_redactable', 'an answer that cannot be redacted');
    is $t->curl(@tls, '--head', "$at/")->status, 401, 'HEAD';
    is $t->curl('--insecure', '--tlsv1.3', '--http1.1', @as, "$at/")->status,
        200, 'HTTP/1.1 over TLS';
    is(($t->curl('--insecure', '--tls-max', '1.2', "$at/"))[1], 35,
        'TLS 1.2 is not spoken');
};

done_testing;
