#!/usr/bin/perl

# The control of `make test SANITIZE=1`: one byte written behind a block of an
# nginx pool is reported, and fails the test file that made it happen.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

plan skip_all => 'part of make test SANITIZE=1'
    unless Partner::Test::sanitized();

my $t = Partner::Test->new;

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%OVERRUN%%;

events {}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location = /within { overrun 61; }
        location = /beyond { overrun 61 1; }
    }
}
EOC

$t->define(OVERRUN => $t->build . '/ngx_http_overrun_module.so');

# The harness is asked for its verdict before the report is made a known one.
my $nginx = $t->run($conf);
is $t->get('/within')->status, 204, 'a block that is kept to';
is_deeply [$t->verdict], [], 'is nothing to report';

$nginx = $t->run($conf);
ok !eval { $t->get('/beyond')->status }, 'the worker ends at the first byte';
ok $nginx->wait_log(qr/worker process \d+ exited/), 'and the master sees it';

my @problems = $t->verdict;
ok scalar(grep { /^sanitizer: .*heap-buffer-overflow/ } @problems),
    'the harness fails a file with such a report';

$t->expect_sanitizer(qr/AddressSanitizer/);
$t->expect_alert(qr/worker process \d+ exited/);

done_testing;
