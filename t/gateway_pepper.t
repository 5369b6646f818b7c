#!/usr/bin/perl

# Keys digested with a pepper: two of them and none are valid at once, each key
# is found by its own and costs no more once it was, and a gateway that lacks a
# pepper of the platform's says so and calls no key unknown.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(hmac_sha256_hex);
use JSON::PP qw(encode_json);
use Partner::Key qw(new_key key_digest);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my ($current, $former, $foreign) = map { $_ x 32 } '5e', 'a7', 'c3';


sub under { my ($hex, $text) = @_;
    return hmac_sha256_hex($text, pack('H*', $hex)) }
sub name { return substr(under($_[0], 'partner key pepper 1'), 0, 16) }


sub peppers {
    my ($name, $text, $mode) = @_;
    my $path = $t->write_file($name, $text);
    chmod($mode // 0600, $path);
    return $path;
}


sub entry {
    my (%o) = @_;
    return { id => 'listed', partnerId => 'p1', tier => 'gold',
        scopes => ['read:rides'], %o };
}


sub listed {
    my ($name, @entries) = @_;
    return $t->write_file($name, encode_json({ keys => \@entries }));
}


# ---- what nginx -t says ----

sub refused {
    my ($file, $expected, $more, $mode) = @_;
    my $path = peppers('wrong', $file, $mode);
    my $said = $t->config_error("partner_zone zone=p:1m;\n"
        . "partner_key_pepper $path;\n" . ($more // ''));
    like $said, $expected, "refused: $expected";
    unlike $said, qr/5e5e|a7a7/, '... without a secret';
}

refused("$current\n", qr/open to others, chmod o= it/, '', 0604);
refused('', qr/is empty/);
refused("$current\r\n", qr/line 1: 64 hexadecimal digits are expected, or "p/);
refused(substr($current, 1), qr/line 1: 64/);
refused("$current\n$current\n", qr/line 2: the same as one before/);
refused("$current\n" x 3, qr/is of 195 bytes, at most 136 are allowed/);
refused("$current\n", qr/"partner_key_pepper" directive is duplicate/,
    'partner_key_pepper wrong;');

my $plain = listed('plain.json', entry(sha256 => key_digest('x')));
my $other = listed('other.json', entry(hmacSha256 => key_digest('x'),
    pepper => name($foreign)));
refused("$current\n",
    qr{"/keys/0/sha256": keys are looked up with a pepper alone here},
    "partner_keys $plain;");
refused("$current\nplain\n",
    qr{"/keys/0/pepper": names no pepper by which keys are looked up here},
    "partner_keys $other;");
like $t->config_error("partner_zone zone=p:1m;\npartner_keys $plain;\n"
    . 'partner_key_pepper ' . peppers('late', $current) . ';'),
    qr/"partner_key_pepper" directive has to stand before "partner_keys"/,
    'too late for the registry';
like $t->config_error('partner_key_pepper ' . peppers('alone', $current)
    . ';'), qr/partner_zone is missing/, 'without a zone';

# ---- a gateway with all three ----

my %key = map { $_ => new_key() }
    qw(listed old_listed current former plain late);
my %digest = (
    (map { $_ => under($current, $key{$_}) } qw(listed current late)),
    former => under($former, $key{former}),
    map { $_ => key_digest($key{$_}) } qw(old_listed plain),
);

listed('keys.json',
    entry(hmacSha256 => $digest{listed}, pepper => name($current)),
    entry(sha256 => $digest{old_listed}, id => 'old'));
peppers('peppers', "$current\n$former\nplain\n");


sub put {
    my ($name, %more) = @_;
    $redis->command('SET', "partner:cred:$digest{$name}", encode_json({
        id => $name, partnerId => 'p1', tier => 'gold',
        scopes => ['read:rides'], status => 'active',
        partnerStatus => 'active', version => 1, %more }));
}


sub marker {
    $redis->command('SET', 'partner:projection',
        join(' ', $platform->{revision}, @_));
}


put($_) for qw(current former plain);
marker(sort('plain', name($current), name($former)));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone       zone=partners:1m;
    partner_key_pepper %%DIR%%/peppers;
    partner_keys       %%DIR%%/keys.json;
    partner_redis      %%REDIS%% timeout=3s;
    partner_tier       gold revocation_lease=1h stale=1h;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

soon {
    $platform->listeners == 1
        && $t->get('/status')->json->{redis} eq 'connected'
} 'the worker has Redis';


sub answer {
    my $r = $t->get_as($_[0], '/');
    return join(' ', grep { defined } $r->status, $r->code);
}


sub costs {
    my ($key, $expected, $lookups, $name) = @_;
    my $before = $platform->calls('mget');
    is answer($key), $expected, $name;
    is $platform->calls('mget') - $before, $lookups,
        "... for $lookups look-ups";
}


sub lacking {
    return [$t->get('/status')->json->{keyPeppers}{lacking} ? 1 : 0,
        $t->get('/metrics')->body =~ /^partner_key_pepper_lacking (\d)$/m];
}


is_deeply $t->get('/status')->json->{keyPeppers}{names},
    [name($current), name($former), 'plain'], 'the status names them';

costs($key{listed}, 200, 0, 'of the registry, with the pepper');
costs($key{old_listed}, 200, 0, 'of the registry, without');
costs($key{current}, 200, 1, 'the current pepper is asked for first');
costs($key{former}, 200, 2, 'then the former one');
costs($key{plain}, 200, 3, 'then none');

# The first call that finds it cached keeps its digest, the second has it.
for (1 .. 3) {
    costs($key{$_}, 200, 0, "$_ is remembered") for qw(current former plain);
}

my $unknown = new_key();
costs($unknown, '401 unknown_credential', 3, 'a key that nobody has');
is_deeply lacking(), [0, 0], 'nothing is lacking';

put(former => version => 2, status => 'revoked');
$platform->say(++$platform->{revision} . " $digest{former} 2");
soon { answer($key{former}) eq '401 revoked_credential' }
    'a key under the former pepper is revoked';

# ---- the platform has a pepper that is not here ----

marker(sort('plain', name($current), name($foreign)));
is answer(new_key()), '503 credential_store_unavailable',
    'no key is called unknown';
is_deeply lacking(), [1, 1], 'status and metrics say why';
is answer($key{current}), 200, 'who is cached is served';
put('late');
is answer($key{late}), 200, 'so is whose record is found';
is answer(new_key()), '503 credential_store_unavailable',
    'and still nobody is unknown';
my $foreign_name = name($foreign);
is scalar(() = $nginx->error_log
        =~ /digested with the pepper "$foreign_name", which is not/g), 1,
    'the log names it once';

marker(name($current), 'plain');
soon { answer(new_key()) eq '401 unknown_credential' } 'it is gone again';
is_deeply lacking(), [0, 0], 'as status and metrics say';

# ---- a new worker without Redis ----

$nginx->reload;
soon { $t->get('/status')->json->{redis} eq 'connected' } 'reloaded';
costs($key{plain}, 200, 1, 'what is in the cache tells which digest it was');
$redis->stop;
soon { $t->get('/status')->json->{redis} eq 'away' } 'Redis goes';
is answer($key{$_}), 200, "$_ is served all the same" for qw(current plain);

my $log = $nginx->error_log;
ok index($log, $_) < 0, 'no pepper is in the log' for $current, $former;

done_testing;
