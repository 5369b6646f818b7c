#!/usr/bin/perl

# After a time in which nobody called, keys that are known are old: whoever
# comes first waits until the issuer was asked, where it can be.  One that says
# nothing is waited for once.

use strict;
use warnings;
use lib 't/lib';

use Partner::Host;
use Partner::Http;
use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

my $t = Partner::Test->new;
my $published = $t->dir . '/published.json';
my ($withdrawn, $kept) = map { Partner::Jwt->new($t->dir, 'ES256', "k$_") }
    0 .. 1;

# A file `hold` keeps it from answering.
my $issuer = $t->upstream(sub {
    Partner::Process::wait_until(sub { !-e "$published.hold" });
    open(my $fh, '<', $published) or return 0;
    return Partner::Upstream::answer($_[0], 200, do { local $/; <$fh> });
}, 'issuer');


sub publish {
    $t->write_file('next.json', jwks(@_));
    rename($t->dir . '/next.json', $published) or die "rename: $!";
}

publish($withdrawn, $kept);

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;

    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner refresh=1s stale=1h waiting=1;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

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


# What a token that nobody has seen is answered.
sub answer {
    my ($key) = @_;
    my $r = $t->get_as($key->sign(claims()), '/');
    return $r->status == 200 ? 200 : $r->code;
}


sub idle {
    my $until = time + 2.2; # twice refresh=, and a little
    wait_until { time >= $until };
}

is answer($_), 200, 'both keys are good' for $withdrawn, $kept;

my $seen = $withdrawn->sign(claims());
is $t->get_as($seen, '/')->status, 200, 'a token that is remembered then';

publish($kept);
idle();
is answer($withdrawn), 'unknown_signing_key',
    'a key that was withdrawn meanwhile lets nobody in';
is $t->get_as($seen, '/')->code, 'unknown_signing_key',
    'nor does a token that was seen before';
is answer($kept), 200, 'the other one does';


# ---- an issuer that says nothing ----

sub asked { my @asked = $issuer->requests; return scalar @asked }

$t->write_file('published.json.hold', '');
idle();
my $before = asked();
my $first = $t->connect;
$first->send(Partner::Http::format_request('GET', '/', headers =>
    { Authorization => 'Bearer ' . $kept->sign(claims()) }));
soon { asked() > $before } 'whoever comes first waits for it';
is answer($kept), 200, 'what is known counts where nobody else may wait';
is $first->response->status, 200, 'and for him, after a while';

my ($took, $stolen) = Partner::Host::undisturbed(3, sub {
    my $begun = time;
    is answer($kept), 200, 'who comes then is served' for 1 .. 5;
    return time - $begun;
});
Partner::Host::held_to($stolen, $took, '<', 5, 'without waiting');

publish($withdrawn, $kept);
unlink("$published.hold");
soon { answer($withdrawn) eq '200' } 'it is asked on, and speaks again';

# ---- an issuer that is not there ----

idle();
$issuer->stop;
is answer($kept), 200, 'where the issuer cannot be asked, what is known counts';

done_testing;
