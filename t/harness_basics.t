#!/usr/bin/perl

# The harness serves a request, in every way that tests ask for one.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;

my $conf = <<'EOC';
%%GLOBALS%%
worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location = /hello   { return 200 "hello\n"; }
        location = /echo    { return 200 "$request_method $http_x_a\n"; }
        location = /problem {
            default_type application/problem+json;
            return 404 '{"code": "not_found", "status": 404}';
        }
        location = /body    { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_content_length $request_body\n"; }
    }
}
EOC

my $nginx = $t->run($conf);

is $t->get('/hello')->status, 200, 'status';
is $t->get('/hello')->body, "hello\n", 'body';
is $t->get('/echo', headers => { 'X-A' => 'b' })->body, "GET b\n", 'header';
is $t->request('HEAD', '/hello')->body, '', 'HEAD has no body';
is $t->get('/problem')->code, 'not_found', 'problem code';
is $t->get('/problem')->json->{status}, 404, 'JSON';

is $t->request('POST', '/body', body => ['ab', 'c'])->body, "3 \n",
    'chunked request body';

my $http = $t->connect;
is $http->request('GET', '/hello')->status, 200, 'kept alive, first';
is $http->request('GET', '/problem')->status, 404, 'kept alive, second';

my @responses = $t->parallel([(['GET', '/hello']) x 200], at_once => 50);
is scalar(grep { $_ && $_->body eq "hello\n" } @responses), 200,
    'parallel calls';

is scalar($nginx->workers), 2, 'two workers';
my @before = $nginx->workers;
$nginx->reload;
is scalar($nginx->workers), 2, 'two workers after a reload';
is scalar(grep { my $pid = $_; grep { $_ == $pid } @before }
    $nginx->workers), 0, 'and they are new';

my $redis = $t->redis;
is $redis->command('SET', 'k', "a\r\nb"), 'OK', 'redis takes a value';
is $redis->command('GET', 'k'), "a\r\nb", 'redis gives it back';
is $redis->command('GET', 'none'), undef, 'nil is undef';
is_deeply $redis->command('MGET', 'k', 'none'), ["a\r\nb", undef], 'array';
ok !eval { $redis->command('NONSENSE'); 1 }, 'an error reply dies';

my $heard = $redis->connect;
$heard->command('SUBSCRIBE', 'c');
$redis->command('PUBLISH', 'c', 'x');
is_deeply $heard->reply(60), ['message', 'c', 'x'], 'subscription';

$redis->kill;
ok !eval { $redis->command('PING'); 1 }, 'a killed redis is away';
$redis->start;
is $redis->command('GET', 'k'), undef, 'and comes back empty';

done_testing;
