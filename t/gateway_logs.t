#!/usr/bin/perl

# Logs without personal data: what $partner_safe_uri and $partner_safe_args
# leave of an address, and what the error log says with partner_safe_errors.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;

my $conf = <<'EOC';
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    error_log %%PREFIX%%/error.log warn;
    partner_zone zone=partners:1m;

    log_format safe '$request_method $partner_safe_uri $partner_safe_args';

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        server_name safe;
        partner_safe_errors on;
        access_log %%DIR%%/safe.log safe;

        location / { return 204; }
        location /moved { rewrite ^ /elsewhere?q=1 last; }
        location /away { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location /page { error_page 502 /shown; proxy_pass
            http://127.0.0.1:%%PORT_8081%%; }
        location /parts {
            ssi on;
            ssi_types application/json;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }
}
EOC

$t->upstream(sub {
    return Partner::Upstream::answer($_[0], 200,
        q(<!--# include virtual='/away/ada@example.com' -->));
});

my $nginx = $t->run($conf);


# The last line of the access log once there are `n` of them.
sub logged {
    my ($n) = @_;
    my @lines;

    wait_until { (@lines = split(/\n/, $t->read_file('safe.log'))) >= $n };

    return $lines[$n - 1];
}


my @cases = (
    ['/', '/ -'],
    ['/v1/rides?limit=5&email=ada@example.com',
        '/v1/rides limit=*&email=*'],
    ['/users/ada@example.com/rides', '/users/*/rides -'],
    ['/users/%61da%40example.com', '/users/* -'],
    ['/phones/+12025550143?+12025550143', '/phones/* *'],
    ['/a?ada@example.com=1&&x=', '/a *=*&&x='],
    ['/moved/ada@example.com?a=b', '/moved/* a=*'],
    ['/page/ada@example.com', '/page/* -'],
    ['http://ada.example/x?y=z', '/x y=*'],
);

for my $i (0 .. $#cases) {
    my ($uri, $expected) = @{$cases[$i]};
    $t->get($uri);
    is logged($i + 1), "GET $expected", $uri;
}

is $t->request('ADA', '/away/ada@example.com?q=ada@example.com', headers => {
    Host => 'ada-host.example', Referer => 'http://x/ada@example.com'
})->status, 502, 'an error';

$nginx->wait_log(qr/request: "\* /);
my $log = $nginx->error_log;

like $log, qr{server: safe, request: "\* /away/\*\?q=\*", upstream: "[^"]+"$}m,
    'the error is logged';
like $log, qr{request: "GET /page/\*", upstream}, 'the one before as well';

$t->get('/parts');
like $nginx->error_log, qr{request: "GET /parts", subrequest: "/away/\*"},
    'and one of a subrequest';
unlike $nginx->error_log, qr/ada/, 'none with data';

$t->get('/ada@example.com', port => 8082);
like $nginx->error_log, qr{request: "GET /ada\@example\.com HTTP},
    'control: as nginx logs it';

# A line has an end, however long the address.
$t->get('/away/' . 'x/' x 2000 . '?' . 'y=1&' x 100);
like $nginx->error_log, qr{request: "GET /away/x/x/[x/]+$}m, 'a long one';

like $t->config_error('partner_zone zone=p:1m; partner_safe_errors maybe;'),
    qr/invalid value "maybe" in "partner_safe_errors" directive/, 'a mistake';

done_testing;
