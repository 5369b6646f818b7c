#!/usr/bin/perl

# Gateway and platform log in to Redis as the users of conf/redis.acl, whose
# rights suffice for all that they do; a changed password is read on reload.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my %secret;


# As an operator would: the rules of the file, with passwords of our own.
for my $line (split(/\n/, $t->read_file("$ENV{PWD}/conf/redis.acl"))) {
    my (undef, $user, @rules) = split(/ /, $line);

    if ($user eq 'default') { # the test's own
        is "@rules", 'off', 'nobody gets in without a name';
        next;
    }

    $secret{$user} = "secret-of-$user";
    my @own = map { /^>/ ? ">$secret{$user}" : $_ } @rules;
    is $redis->command('ACL', 'SETUSER', $user, @own), 'OK',
        "the rules for $user";
    chmod(0600, $t->write_file("$user.secret", "$secret{$user}\n"));
}

my $p = $t->partnerd(redis => $redis, environment => {
    PARTNERD_REDIS_USER => 'platform',
    PARTNERD_REDIS_PASSWORD_FILE => $t->dir . '/platform.secret'
});

my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k');
$t->write_file('public.json', jwks($issuer));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_redis %%REDIS%% user=gateway password_file=%%DIR%%/gateway.secret
                  timeout=10s connect_timeout=10s last_used=1s;

    partner_jwt_zone zone=tokens:4m;
    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/public.json partner=partner;

    partner_tier basic  limit_mode=strict;
    partner_tier silver limit_mode=lease;

    partner_limit_policy many rate=1000r/s burst=100;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key jwt;
            partner_limit many;
            proxy_pass    http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "{}"; }
    }
}
EOC


sub call { return $p->call(@_) }


sub partner {
    my ($tier) = @_;
    return $p->key($p->partner(tier => $tier));
}


# What was refused for want of rights.
sub refusals {
    return join("\n", map { my %entry = @$_;
        "$entry{username}: $entry{reason} $entry{object}" }
        @{$redis->command('ACL', 'LOG')});
}


my %key = map { $_ => partner($_) } qw(basic silver);

for my $tier (sort keys %key) {
    soon { $t->get_as($key{$tier}{fullKey}, '/')->status == 200 }
        "a key of tier $tier is known, and limited";
}

soon { $t->get_as($issuer->sign(claims()), '/')->status == 200 }
    'revocations of tokens are known';

soon { $p->{postgres}->query('SELECT coalesce(sum(calls), 0)
    FROM partner.usage_counters') >= 2 } 'usage arrives';

is call('DELETE', "/api/keys/$key{basic}{id}")->status, 200,
    'the gateway acknowledges a revocation';
is $t->get_as($key{basic}{fullKey}, '/')->code, 'revoked_credential',
    'and obeys it';

$redis->command('FLUSHALL');
soon { $redis->command('GET', 'partner:projection') } 'the relay rebuilds';
is $redis->command('ACL', 'WHOAMI'), 'default', 'the test is somebody else';
is_deeply [grep { !/^default$/ } sort keys %{{ map { $_ => 1 }
    $redis->command('CLIENT', 'LIST') =~ /user=(\w+)/g }}],
    ['gateway', 'platform'], 'and those two are there';
is refusals(), '', 'nothing was refused';

# ---- another password ----

$redis->command('ACL', 'SETUSER', 'gateway', 'resetpass', '>new-secret');
$redis->command('CLIENT', 'KILL', 'USER', 'gateway');
$nginx->wait_log(qr/refused: WRONGPASS/);
soon { $t->get_as(partner('basic')->{fullKey}, '/')->code
    eq 'credential_store_unavailable' } 'the old password is refused';

$t->write_file('gateway.secret', "new-secret\n");
chmod(0600, $t->dir . '/gateway.secret');
$nginx->reload;
soon { $t->get_as($key{silver}{fullKey}, '/')->status == 200 }
    'a reload reads the new one';

unlike $nginx->error_log, qr/secret-of-gateway|new-secret/,
    'no password reaches the log';
$nginx->stop;
is $redis->command('ZCARD', 'partner:nodes'), 0,
    'a gateway that stops takes its record with it';

done_testing;
