#!/usr/bin/perl

# A platform that takes up a pepper, and then another one: keys of before go on,
# new ones stand under the new pepper at once, and a gateway that was forgotten
# says what it lacks instead of calling a good key unknown.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_hex sha256_hex);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my ($first, $second) = map { $_ x 32 } '5e', 'a7';


sub under { return hmac_sha256_hex($_[1], pack('H*', $_[0])) }
sub name { return substr(under($_[0], 'partner key pepper 1'), 0, 16) }


# Of the gateway or of partnerd.
sub peppers {
    my ($whose, @lines) = @_;
    my $path = $t->write_file("$whose.peppers",
        join('', map { "$_\n" } @lines));
    chmod(0600, $path);
    return $path;
}


peppers('gateway', 'plain');
my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone       zone=partners:1m;
    partner_key_pepper %%DIR%%/gateway.peppers;
    partner_redis      %%REDIS%% timeout=3s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC


sub answer {
    my $r = $t->get_as($_[0]{fullKey}, '/');
    return join(' ', grep { defined } $r->status, $r->code);
}


# partnerd, with these lines or none.
sub serve {
    my @lines = @_;

    $p->{serve}->stop;
    $p->{environment}{PARTNERD_KEY_PEPPER}
        = @lines ? peppers('partnerd', @lines) : '';
    $p->serve;
}


sub gateway {
    peppers('gateway', @_);
    $nginx->reload;
    soon { $t->get('/status')->json->{redis} eq 'connected' }
        'the gateway has its file: ' . @_;
}


sub stored {
    my ($key) = @_;
    return $postgres->query("SELECT pepper || ' ' || encode(digest, 'hex')
        FROM partner.api_keys WHERE id = '$key->{id}'");
}


my $partner = $p->partner;
my $old = $p->key($partner);
is stored($old), 'plain ' . sha256_hex($old->{fullKey}), 'without a pepper';
soon { answer($old) eq '200' } 'a key of before';

# ---- the gateways first, then partnerd ----

gateway($first, 'plain');
serve($first, 'plain');
my $key = $p->key($partner);
is stored($key), name($first) . ' ' . under($first, $key->{fullKey}),
    'the digest is under the pepper';
soon { answer($key) eq '200' } 'the gateway finds it';
is answer($old), 200, 'and the one of before';
is $redis->command('EXISTS', 'partner:cred:' . sha256_hex($key->{fullKey})),
    0, 'Redis has nothing that could be tried without it';

my $successor = $p->made("/api/keys/$old->{id}/rotate",
    { overlapSeconds => 60 });
like stored($successor), qr/^\Q${\name($first)}\E /,
    'who rotates a key gets one under the pepper';

# ---- a rotation in the wrong order ----

serve($second, $first, 'plain');
my $newest = $p->key($partner);
soon { answer($newest) eq '503 credential_store_unavailable' }
    'a gateway that was forgotten does not call it unknown';
is $t->get('/status')->json->{keyPeppers}{lacking}, 1, 'and says so';
is answer($key), 200, 'who is known to it goes on';

gateway($second, $first, 'plain');
soon { answer($newest) eq '200' } 'given the file it finds the key';
is answer($_), 200, 'and all others' for $old, $key, $successor;

# ---- what may go ----

sub check { return $p->run('check', 'peppers') }

my ($status, $out) = check();
is $status, 0, 'no key stands under a pepper that is not there';
like $out, qr/^\Q${\name($second)}\E: 1 keys, .*never; makes new keys$/m,
    'the new one';
like $out, qr/^\Q${\name($first)}\E: 2 keys, .*never; is looked up$/m,
    'the former one';
like $out, qr/^plain: 1 keys, the last expires \d{4}-.*Z; is looked up$/m,
    'and what ends with an overlap';

$postgres->query("UPDATE partner.api_keys SET expires_at = now()
    WHERE id = '$old->{id}'");
$p->call('DELETE', "/api/keys/$_->{id}") for $key, $successor;
serve($second);
($status, $out) = check();
is_deeply [$status, $out =~ s/: .*; /: /r],
    [0, name($second) . ": makes new keys\n"], 'after which the old may go';

gateway($second);
is answer($newest), 200, 'as they may at the gateway';
soon { answer($key) eq '401 unknown_credential' }
    'to which a key of theirs is unknown';

# Wiped, Redis is told again with its projection.
$redis->command('FLUSHALL');
soon { ($redis->command('GET', 'partner:projection') // '')
    =~ /^\d+ \Q${\name($second)}\E$/ } 'the marker names what there is';

# ---- the command line ----

my ($code, $printed) = $p->run('key');
my ($text) = $printed =~ /(sk_\w+)/;
is $code, 0, 'a key for a registry';
like $printed, qr/"hmacSha256": "\Q${\under($second, $text)}\E", /,
    'with its digest under the pepper';
like $printed, qr/"pepper": "\Q${\name($second)}\E"/, 'and which it is';

my $operator = { fullKey => $p->operator_key('auditor') };
soon { answer($operator) eq '200' } 'the key of an operator, too';

peppers('partnerd', 'no', 'pepper');
for my $verb (['serve'], ['key'], ['operator-key'], ['check', 'peppers']) {
    my ($failed, undef, $said) = $p->run(@$verb);
    ok $failed, "@$verb fails";
    like $said, qr/--key-pepper .*line 1: 64 hexadecimal/, '... by name';
}

chmod(0644, peppers('partnerd', $second));
like(($p->run('key'))[2], qr/is open to others; chmod o= it/,
    'a file that all can read');

peppers('partnerd', $first);
($status, $out) = check();
isnt $status, 0, 'a key stands under a pepper that is not there';
like $out, qr/^\Q${\name($second)}\E: .*; IS MISSING$/m, 'which is told';

for my $file ("$t->{dir}/partnerd/serve.log", $nginx->error_log_file) {
    my $log = $t->read_file($file);
    ok index($log, $_) < 0, 'no pepper is in a log' for $first, $second;
}
my @values = map { $redis->command('TYPE', $_) eq 'string'
    ? $redis->command('GET', $_) : () } @{$redis->command('KEYS', '*')};
unlike "@values", qr/$first|$second/, 'nor in Redis';

done_testing;
