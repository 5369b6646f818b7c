#!/usr/bin/perl

# The gateway that README.md shows works as it stands there, with a key and an
# entry that `partnerd key` made; and conf/ holds what nginx accepts.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $top = $t->top;
my $programs = Partner::Test::build();


# ---- README.md ----

my ($shown) = $t->read_file("$top/README.md") =~ /```nginx\n(.*?)```/s;
is scalar(() = $shown =~ /\n/g), 13, 'thirteen lines';

my $made = `'$programs/partnerd' key`;
my ($key, $entry) = $made =~ /^key: (sk_\w{49})\n(\{.*\})\n\z/
    or BAIL_OUT('partnerd key printed something else');
$entry =~ s/"basic"/"gold"/;
my $keys = $t->write_file('keys.json', "{\"keys\": [\n$entry\n]}");

my $upstream = $t->port('9000');
Partner::Ports::release($upstream);

my $sandbox = Partner::Process->start(
    name => 'sandbox', dir => $t->dir, log => $t->dir . '/sandbox.log',
    env => $t->environment(1), argv => ["$programs/sandbox", '--listen',
        "127.0.0.1:$upstream"]
)->wait_ready(sub { IO::Socket::INET->new("127.0.0.1:$upstream") });

my %ours = (
    qr{modules/ngx_http_partner_module\.so} => '%%MODULE%%',
    qr{/etc/nginx/partner-keys\.json} => $keys,
    qr{listen 8080} => 'listen 127.0.0.1:%%PORT_8080%%',
    qr{http://127\.0\.0\.1:9000} => 'http://127.0.0.1:%%PORT_9000%%',
    qr{http \{} => "http {\n%%GLOBALS_HTTP%%",
);

for my $theirs (keys %ours) {
    ok $shown =~ s/$theirs/$ours{$theirs}/, "$theirs is there";
}

$t->run("%%GLOBALS%%\n$shown");

is $t->get_as($key, '/v1/echo')->status, 200, 'the key is let in';
is $t->get('/v1/echo')->code, 'missing_credential', 'nobody else is';

my $answer = $t->get_as($key, '/v1/echo');
like $answer->body, qr/"headers"/, 'the upstream tells what reached it';
unlike $answer->body, qr/authorization/i, 'which is not the key';
is $answer->header('X-RateLimit-Limit'), 20, 'limit';
like $answer->header('RateLimit-Policy'), qr/^"client";q=100;w=1$/, 'policy';

# Slower than the rate of the policy a machine is at times, not always.
soon {
    grep { $_->status == 429 } $t->parallel([(['GET', '/v1/echo',
        headers => { Authorization => "Bearer $key" }]) x 200]);
} 'and is limited';

$sandbox->stop;


# ---- conf/ ----

my $conf = $t->read_file("$top/conf/nginx.conf");

# A partner can make keys, so what bounds one key bounds no partner.
like $_, qr/partner_limit \s+ client \s management;/x,
    'the management API is bounded by partner and by key'
    for $conf, $t->read_file("$top/conf/demo.conf.in");

$t->certificate;

%ours = (
    qr{load_module modules/ngx_http_partner_module\.so;}
        => '%%GLOBALS%% load_module %%MODULE%%;',
    qr{^user .*?;.*$}m => '',
    qr{^pid .*?;}m => '',
    qr{^error_log .*?;}m => '',
    qr/^http \{/m => "http {\n%%GLOBALS_HTTP%%",
    qr{access_log /var/log/nginx/partner\.log} => 'access_log %%DIR%%/a.log',
    qr{/etc/nginx/tls/api\.example\.com\.crt} => '%%CERT%%',
    qr{/etc/nginx/tls/api\.example\.com\.key} => '%%CERT_KEY%%',
    qr{listen 443 } => 'listen 127.0.0.1:%%PORT_443%% ',
    qr{listen \[::\]:443 ssl http2;} => '',
    qr{/usr/share/partner-gateway/contract} =>
        "$top/upstream-services/contract",
    qr{127\.0\.0\.1:9145} => '127.0.0.1:%%PORT_9145%%',
);

for my $theirs (keys %ours) {
    ok $conf =~ s/$theirs/$ours{$theirs}/g, "conf/nginx.conf: $theirs";
}

my ($status, $said) = $t->config_check($conf);
is $status, 0, 'nginx takes conf/nginx.conf' or diag $said;

# What the platform serves, the gateway knows.
for my $file (glob("$top/upstream-services/contract/*.json")) {
    my ($name) = $file =~ m{/([^/]+)$};
    next if $name eq 'errors.json';

    like $t->read_file("$top/conf/$_"), qr{/contract/\Q$name\E["; \n]},
        "conf/$_ has $name" for qw(nginx.conf demo.conf.in);
}

is $t->config_error(
    "partner_zone zone=p:1m; partner_keys \"$top/conf/keys.example.json\";"),
    '', 'and the example of a registry';

done_testing;
