#!/usr/bin/perl

# A Redis that speaks TLS alone is reached through nginx' stream proxy, as
# docs/operations.md has it: the gateway works, a revoked key is refused, and a
# Redis with another certificate is not trusted.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $port = $t->port('redis');
Partner::Ports::release($port);

$t->certificate;
my %tls = (cert => $t->expand('%%CERT%%'), key => $t->expand('%%CERT_KEY%%'));
my $redis = $t->redis(undef, options => ['--tls-port', $port,
    '--bind', '127.0.0.1', '--tls-cert-file', $tls{cert},
    '--tls-key-file', $tls{key}, '--tls-auth-clients', 'no']);
my $platform = Partner::Platform->new($redis);

# The text that operators copy, with the addresses of this test.
my ($stream) = $t->read_file("$ENV{PWD}/docs/operations.md")
    =~ /^( +stream \{\n.*?^    \}\n)/ms or BAIL_OUT('no stream in the docs');
my %ours = ('unix:/run/nginx/redis-tls.sock' => 'unix:%%DIR%%/tls.sock',
    'proxy_pass redis.example:6380' => "proxy_pass 127.0.0.1:$port",
    'proxy_ssl_name redis.example' => 'proxy_ssl_name localhost',
    '/etc/ssl/certs/ca-certificates.crt' => '%%DIR%%/trusted.crt');

for my $theirs (sort keys %ours) {
    is scalar($stream =~ s/\Q$theirs\E/$ours{$theirs}/g), 1,
        "$theirs stands in the docs once";
}


# The proxy is Debian's nginx, with its module.
sub proxy {
    local $ENV{PARTNER_NGINX} = '/usr/sbin/nginx';
    return $t->run(<<"EOC", 'proxy');
%%GLOBALS%%
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
events {}
$stream
EOC
}


sub trust { $t->write_file('trusted.crt', $t->read_file($_[0])) }


trust($tls{cert});
my $proxy = proxy();

my $key = $platform->key(tier => 'gold', partnerId => 'acme');
my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis unix:%%DIR%%/tls.sock timeout=10s connect_timeout=10s;
    partner_tier  gold limit_mode=strict;
    partner_limit_policy hourly rate=1r/h burst=100;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit hourly;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my $r = $t->get_as($key, '/');
is $r->status, 200, 'a key is found';
is $r->header('X-RateLimit-Remaining'), 99, 'a limit is decided';

$platform->change($key, status => 'revoked');
soon { ($t->get_as($key, '/')->code // '') eq 'revoked_credential' }
    'a revocation is heard';

# Another authority: the proxy does not trust what Redis shows.
$proxy->stop;
$t->certificate;
trust($tls{cert});
proxy();
soon { $t->read_file($t->dir . '/proxy/error.log')
    =~ /upstream SSL certificate verify error/ } 'the proxy trusts it not';
is $t->get_as($platform->key(tier => 'gold'), '/')->code,
    'credential_store_unavailable', 'so there is none';

done_testing;
