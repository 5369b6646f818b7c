#!/usr/bin/perl

# An error of Redis may repeat what it was sent: no password gets into a log.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis('redis', options => ['--rename-command', 'AUTH', '']);
chmod(0600, $t->write_file('password', "hunter2-secret\n"));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% password_file=%%DIR%%/password
                  timeout=10s connect_timeout=10s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }
}
EOC

is eval { $redis->command('AUTH', 'x') }, undef, 'Redis does not know it';
like $@, qr/^ERR unknown command.*'x'/,
    'and repeats what it was sent';

$nginx->wait_log(qr/redis \(commands\) at unix:\S+: refused: ERR$/m);
unlike $nginx->error_log, qr/hunter2/, 'the gateway does not';

my $p = $t->partnerd(redis => $redis, work => 0, environment => {
    PARTNERD_REDIS_PASSWORD_FILE => $t->dir . '/password'
});
sub told { return $t->read_file($t->dir . '/partnerd/serve.log') }

soon { told() =~ /\bERR\b/ } 'partnerd says why';
unlike told(), qr/hunter2/, 'and not with what';

done_testing;
