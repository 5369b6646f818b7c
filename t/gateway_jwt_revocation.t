#!/usr/bin/perl

# A token is revoked by its id, its client, its partner or its key, on every
# worker, remembered or not, and still after everything was killed.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Partner::Jwt qw(claims jwks);
use Partner::Platform;
use Partner::Test;
use Test::More;

use constant {
    ISSUER => 'https://issuer.example',
    MANY => 40_000, # revocations, more than the zone has room for
    LAST => [3, 12, 48], # seconds that they are valid, try by try
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my @keys = map { Partner::Jwt->new($t->dir, 'ES256', "k$_") } 0 .. 1;
my $single = Partner::Jwt->new($t->dir, 'ES256', 'k2');
my $unnamed = bless { %$single, kid => undef }, ref $single;

$t->write_file('jwks.json', jwks(@keys));
$t->write_file('single.json', jwks($single));

$t->define(WHO => join('/', map { "\$partner_$_" }
    qw(id app client tier scopes)));

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_redis    %%REDIS%% timeout=60s connect_timeout=60s;
    partner_tier     basic revocation_lease=1h stale=1h limit_mode=local;
    partner_tier     gold  revocation_lease=1h stale=1h limit_mode=local;

    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/jwks.json partner=partner;
    partner_jwt issuer=https://namesake.example audience=gateway
                jwks_file=%%DIR%%/jwks.json partner=partner;
    partner_jwt issuer=https://clients.example audience=gateway
                jwks_file=%%DIR%%/jwks.json;
    partner_jwt issuer=https://single.example audience=gateway
                jwks_file=%%DIR%%/single.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        proxy_set_header X-Partner "%%WHO%%";

        location / {
            partner_auth jwt;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_x_partner\n"; }
    }
}
EOC

my $nginx = $t->run($conf);


sub answer {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? 200 : $r->code;
}


# A few calls on connections of their own, so that both workers answer.
sub everywhere {
    my ($token) = @_;
    my %seen = map { answer($token) => 1 } 1 .. 12;
    return join(' ', sort keys %seen);
}


# Redis does nothing else meanwhile.
sub by_thousands {
    my ($command, @words) = @_;

    while (my @some = splice(@words, 0, 2000)) {
        $redis->command($command, 'partner:revoked', @some);
    }
}


sub revoked_by {
    my ($name, $claims, @subject) = @_;
    my $old = $keys[0]->sign($claims);
    my $other = $keys[1]->sign(claims(client_id => 'other', partner => 'p9'));

    soon { everywhere($old) eq '200' } "$name: good before";
    is answer($other), 200, "$name: so is another";
    $platform->revoke_tokens(@subject);
    soon { everywhere($old) eq 'revoked_token' } "$name: refused at once";
    is answer($other), 200, "$name: the other is still good";

    return $old;
}

my $now = time();
my @refused = (
    revoked_by('token id', claims(jti => 'gone'), 'token', ISSUER, 'gone'),
    revoked_by('client', claims(client_id => 'c1'), 'client', 'c1'),
    revoked_by('partner', claims(partner => 'p7'), 'partner', 'p7'),
);

is answer($keys[0]->sign(claims(jti => 'gone', client_id => 'c2'))),
    'revoked_token', 'another token of that id';

# Clients of one id at two issuers are two clients.

{
    my $namesake = $keys[0]->sign(claims(client_id => 'c4',
        iss => 'https://namesake.example'));
    push @refused, revoked_by('client at its issuer',
        claims(client_id => 'c4'), 'client', ISSUER, 'c4');
    is everywhere($namesake), 200, 'the namesake at another is still good';
    $platform->revoke_tokens('client', 'c4');
    soon { everywhere($namesake) eq 'revoked_token' }
        'until the id is revoked wherever it is';
    push @refused, $namesake;
}

# Up to a moment: what is issued later counts, by a clock that is half a minute
# ahead as well.

$platform->revoke_tokens('client', 'c3', [$now - 40, $now + 600]);
soon { answer($keys[0]->sign(claims(client_id => 'c3', iat => $now - 10)))
    eq 'revoked_token' } 'issued before the moment';
is answer($keys[0]->sign(claims(client_id => 'c3', iat => $now - 9))), 200,
    'issued behind it';
{
    my $claims = claims(client_id => 'c3');
    delete $claims->{iat};
    is answer($keys[0]->sign($claims)), 'revoked_token', 'issued nobody knows';
}

push @refused, revoked_by('signing key', claims(), 'key', ISSUER, 'k0');

# An issuer's only key verifies tokens that do not name it.

{
    my $issuer = 'https://single.example';
    my $seen = $unnamed->sign(claims(iss => $issuer));

    soon { everywhere($seen) eq '200' } 'a token that names no key';
    $platform->revoke_tokens('key', $issuer, 'k2');
    soon { everywhere($seen) eq 'revoked_token' } 'its key is revoked';
    is answer($_->sign(claims(iss => $issuer))), 'revoked_token',
        'a new token of that key, named or not' for $single, $unnamed;
    push @refused, $seen;
}

# What the channel did not say is read when a revision was missed.

{
    my $token = $keys[1]->sign(claims(client_id => 'c5'));
    is answer($token), 200, 'good before';
    my $digest = Partner::Key::key_digest("client\nc5");
    $redis->command('HSET', 'partner:revoked', $digest, '0 0');
    $platform->skip;
    $platform->heartbeat;
    soon { answer($token) eq 'revoked_token' } 'a gap is read from Redis';
}

# A partner that is suspended and active again, by versions: the greatest
# holds, whether the channel said it or Redis.

{
    my $past = $now - 100;
    my $name = "partner\np8";
    my $version = 1_800_000_000_000_000;
    my $old = $keys[1]->sign(claims(partner => 'p8', iat => $past - 60));
    my $new = $keys[1]->sign(claims(partner => 'p8', client_id => 'c9'));
    my $both = sub { join(' ', map { everywhere($_) } $old, $new) };
    my $tell = sub {
        my ($before, $after) = @_;
        $platform->revoke_tokens($name, [$before, $version + $after]);
    };
    my $leave = sub { # what nobody is told of
        my ($before, $after) = @_;
        $redis->command('HSET', 'partner:revoked',
            Partner::Key::key_digest($name), "$before " . ($version + $after));
        $platform->skip;
        $platform->heartbeat;
    };

    soon { $both->() eq '200 200' } 'good before';
    $platform->revoke_tokens($name, [$past, 0]);
    soon { $both->() eq 'revoked_token 200' } 'suspended as without versions';
    $tell->(0, 1);
    soon { $both->() eq 'revoked_token revoked_token' } 'suspended';
    $tell->($past, 2);
    soon { $both->() eq 'revoked_token 200' } 'active again';
    $tell->(0, 3);
    soon { $both->() eq 'revoked_token revoked_token' } 'suspended again';
    $leave->($past, 4);
    soon { $both->() eq 'revoked_token 200' } 'active, as Redis says';
    $leave->(0, 5);
    soon { $both->() eq 'revoked_token revoked_token' } 'not, as Redis says';
    $tell->($past, 6);
    soon { $both->() eq 'revoked_token 200' } 'and once more active';

    my $said = $keys[1]->sign(claims(partner => 'p10'));
    $tell->(0, 5);
    $platform->revoke_tokens('partner', 'p10');
    soon { everywhere($said) eq 'revoked_token' } 'behind an old message';
    is $both->(), 'revoked_token 200', 'which changes nothing';

    # Redis has the older one now; reading it changes nothing either.
    $nginx->reload;
    is $both->(), 'revoked_token 200', 'nor does a reload';

    # A platform that was set back has other versions.
    $leave->($past, 2);
    $platform->{revision} = 1;
    $tell->(0, 1);
    soon { $both->() eq 'revoked_token revoked_token' } 'of a backup';
    push @refused, $old, $new, $said;
}

# More than there is room for: nobody is let in until some have run out.

{
    my $token = $keys[1]->sign(claims(client_id => 'c8'));
    is answer($token), 200, 'good before';

    my ($until, $seen, @many);

    # they have to last until they are read, however slow that is
    for my $seconds (@{+LAST}) {
        $until = time + $seconds;
        @many = map { (sha256_hex("many $_"), "0 $until") } 1 .. MANY;
        by_thousands('HSET', @many);
        $platform->skip;
        $platform->heartbeat;
        wait_until { $seen = answer($token); $seen ne '200' || time > $until };
        last if $seen ne '200';
    }

    is $seen, 'credential_store_unavailable', 'too many revocations';
    soon { everywhere($token) eq '200' } 'once they ran out it goes on';
    is answer($refused[0]), 'revoked_token', 'what was revoked before still is';
    by_thousands('HDEL', map { $many[2 * $_] } 0 .. MANY - 1);
}

# Messages that make no sense are no revocation, and are doubted.

$platform->say($_) for '9 revoked', '9 revoked x 0 0', '9 revoked '
    . ('0' x 64) . ' 0', '9 revoked ' . ('0' x 64) . ' a b';
{
    my $token = $keys[1]->sign(claims(client_id => 'c6'));
    soon { answer($token) eq '200' } 'a good token goes on';
}

# The client's record: who it is, how it is changed and revoked.

{
    my $mine = sub {
        $keys[1]->sign(claims(iss => 'https://clients.example', @_))
    };
    my $token = $mine->(client_id => 'app-1',
        scope => 'read:rides write:rides');

    is answer($token), 'unknown_credential', 'a client without a record';
    $platform->client('app-1', partnerId => 'p4', tier => 'gold',
        applicationId => 'a4', scopes => ['read:*']);
    soon { answer($token) eq '200' } 'with a record';
    is $t->get_as($token, '/')->body, "p4/a4/app-1/gold/read:rides\n",
        'the record makes the principal, scopes are those of both';
    is $t->get_as($mine->(client_id => 'app-1', scope => 'read:rides'), '/')
        ->body, "p4/a4/app-1/gold/read:rides\n", 'fewer scopes';
    is $t->get_as($mine->(client_id => 'app-1', scope => 'x'), '/')
        ->body, "p4/a4/app-1/gold/\n", 'none in common';

    my $user = claims(sub => 'app-1');
    delete $user->{client_id};
    is $t->get_as($keys[1]->sign($user), '/')->status, 200,
        'with partner= a token without a client is of its sub';
    $user->{iss} = 'https://clients.example';
    my $r = $t->get_as($keys[1]->sign($user), '/');
    is $r->code, 'token_not_mapped', 'but no user has the record of a client';
    like $r->body, qr/"The claim client_id or azp of the token is missing/,
        'and is told what is missing';
    is answer($keys[1]->sign({ %$user, azp => 'app-1' })), 200,
        'which may be azp';

    $platform->change('client:app-1', partnerStatus => 'suspended');
    soon { everywhere($token) eq 'partner_suspended' } 'suspended';
    $platform->change('client:app-1', partnerStatus => 'active');
    soon { everywhere($token) eq '200' } 'and back';
    $platform->revoke_tokens('client', 'app-1');
    soon { everywhere($token) eq 'revoked_token' } 'its tokens revoked';
}

# Everything is killed; what was revoked stays revoked.

$t->expect_leftovers;
my @pids = ($nginx->pid, $nginx->workers);
$redis->command('SAVE');
$redis->kill;
kill('KILL', @pids);
wait_until { !grep { kill(0, $_) && !zombie($_) } @pids };
$redis->start;


sub zombie {
    my ($pid) = @_;
    open(my $fh, '<', "/proc/$pid/stat") or return 1;
    return <$fh> =~ /\) Z /;
}

$nginx = $t->run($conf, 'again');
my $good = $keys[1]->sign(claims(client_id => 'c7'));
soon { answer($good) eq '200' } 'a good token after all was killed';
is answer($_), 'revoked_token', 'a revoked one' for @refused;

# A wiped Redis knows no revocations: nobody is let in by that, neither by a
# gateway that read them before nor by one that begins with nothing.

$redis->command('FLUSHALL');
$platform->skip; # all has to be read again
$platform->heartbeat;
is answer($_), 'revoked_token', 'still revoked' for @refused;

$t->expect_leftovers;
@pids = ($nginx->pid, $nginx->workers);
kill('KILL', @pids);
wait_until { !grep { kill(0, $_) && !zombie($_) } @pids };
$nginx = $t->run($conf, 'afresh');
$platform->heartbeat for 1 .. 2;
is answer($_), 'credential_store_unavailable', 'nothing is known: 503'
    for $good, @refused;

$platform->complete;
soon { answer($good) eq '200' } 'once Redis has all again';

done_testing;
