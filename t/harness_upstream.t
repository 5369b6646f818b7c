#!/usr/bin/perl

# The upstream that tests write themselves: it answers, remembers, is slow and
# cuts responses off.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;

    if ($request->{uri} eq '/cut') {
        print $connection "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
        return 0;
    }

    return Partner::Upstream::answer($connection, 201, $request->{body},
        'X-Seen: ' . ($request->{header}{'x-a'} // '-'));
});

$t->run(<<'EOC');
%%GLOBALS%%

events {}

http {
    %%GLOBALS_HTTP%%

    upstream test {
        server %%UPSTREAM%%;
        keepalive 4;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            proxy_pass http://test;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
}
EOC

my $r = $t->request('POST', '/x?y=1', body => '{"a": 1}',
    headers => { 'X-A' => 'b' });
is $r->status, 201, 'status';
is $r->header('X-Seen'), 'b', 'header';
is $r->body, '{"a": 1}', 'body';

ok !eval { $t->get('/cut'); 1 }, 'a response cut off';
is scalar(grep { $_ && $_->status == 201 }
    $t->parallel([(['GET', '/x']) x 50], at_once => 20)), 50, 'in parallel';

my @requests = $upstream->requests;
is scalar(@requests), 52, 'all were seen';
is $requests[0]{method}, 'POST', 'method';
is $requests[0]{uri}, '/x?y=1', 'uri';
is $requests[0]{body}, '{"a": 1}', 'body';

done_testing;
