#!/usr/bin/perl

# Answers of an issuer that come late, or never: an older one replaces no newer
# one, and nobody waits for it to the end.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $published = $t->dir . '/published.json';
my @keys = map { Partner::Jwt->new($t->dir, 'ES256', "k$_") } 0 .. 2;

# Whoever finds `slow` waits for `go` with what was published when it came.
my $issuer = $t->upstream(sub {
    my ($connection) = @_;
    open(my $fh, '<', $published) or return 0;
    my $text = do { local $/; <$fh> };

    if (rename("$published.slow", "$published.taken")) {
        Partner::Process::wait_until(sub { -e "$published.go" }, 60);
    }

    return Partner::Upstream::answer($connection, 200, $text);
}, 'issuer');


sub fetches { my @asked = $issuer->requests; return scalar @asked }


sub publish {
    $t->write_file('next.json', jwks(@_));
    rename($t->dir . '/next.json', $published) or die "rename: $!";
}

publish(@keys[0, 1]);

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 256; }

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;

    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner refresh=1h stale=2h;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;
        add_header X-Worker $pid always;

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_keys { internal; proxy_pass http://%%ISSUER%%:/jwks; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub said {
    my ($r) = @_;
    return $r->status == 200 ? 200 : $r->code;
}


sub call {
    my ($connection, $token) = @_;
    return said($connection->request('GET', '/', headers =>
        { Authorization => "Bearer $token" }));
}

my @token = map { $_->sign(claims()) } @keys;

# ---- a late answer ----

my %by;

for (1 .. 300) {
    my $c = Partner::Http->new($t->port('8080'));
    my $r = $c->request('GET', '/', headers =>
        { Authorization => "Bearer $token[1]" });
    push @{$by{$r->header('X-Worker')}}, $c if $r->status == 200;
    last if keys %by == 2 && !grep { @$_ < 2 } values %by;
}

my ($slow, $quick) = values %by;
$t->write_file('published.json.slow', '');
$slow->[1]->send(Partner::Http::format_request('GET', '/', headers =>
    { Authorization => "Bearer $token[2]" }));
soon { -e "$published.taken" } 'one worker asks, and waits for its answer';

publish($keys[0]);
is call($quick->[0], $token[2]), 'unknown_signing_key', 'the other one asks';
is fetches(), 3, 'while the first waits';
is call($quick->[0], $token[1]), 'unknown_signing_key',
    'a key was withdrawn';

$t->write_file('published.json.go', '');
my $again = 0;
Partner::Process::wait_until(sub {
    $again = grep { call($_->[0], $token[1]) ne 'unknown_signing_key' }
        $quick, $slow;
}, 1);
is $again, 0, 'the older answer, which has the key, replaces nothing';
is call($slow->[0], $token[0]), 200, 'and the keys that there are count';

# ---- an issuer that says nothing ----

unlink(map { "$published.$_" } qw(go taken));
$t->write_file('published.json.slow', '');
my $before = fetches();
is call($slow->[0], $token[2]), 'issuer_keys_unavailable',
    'who waits is answered before the issuer';
ok -e "$published.taken" && !-e "$published.go", 'which still says nothing';
is fetches(), $before + 1, 'to the only question';

publish(@keys[0, 2]);
soon { call($slow->[0], $token[2]) eq '200' }
    'it is asked again by the same worker, and a new key passes';
$t->write_file('published.json.go', '');

done_testing;
