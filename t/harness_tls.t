#!/usr/bin/perl

# TLS 1.3 and HTTP/2 reach nginx through curl, and responses come apart the
# same way as plain ones.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
$t->certificate;

$t->run(<<'EOC');
%%GLOBALS%%

events {}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8443%% ssl http2;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%CERT_KEY%%;
        ssl_protocols TLSv1.3;

        location = /version  { return 200 "$ssl_protocol $server_protocol"; }
        location = /redirect { return 302 /version; }
    }
}
EOC

my @with = ('--cacert', '%%CERT%%');
my $url = 'https://localhost:%%PORT_8443%%';

is $t->curl(@with, '--http1.1', "$url/version")->body, 'TLSv1.3 HTTP/1.1',
    'HTTP/1.1';
is $t->curl(@with, '--http2', "$url/version")->body, 'TLSv1.3 HTTP/2.0',
    'HTTP/2';
is $t->curl(@with, '--http2', "$url/version")->status, 200, 'status';
is $t->curl(@with, '--http2', "$url/version")->header('Content-Length'), 16,
    'header';
is $t->curl(@with, '--location', "$url/redirect")->status, 200,
    'the last response counts';

my ($response, $status) = $t->curl(@with, '--tls-max', '1.2', "$url/version");
is $response, undef, 'no TLS 1.2';
is $status, 35, 'curl says so';

done_testing;
