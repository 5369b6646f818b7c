#!/usr/bin/perl

# An issuer that says nothing about opaque tokens is waited for once: those it
# has called active are then served within stale= of their tier, at once.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Host;
use Partner::Http;
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

my $t = Partner::Test->new;
my $hold = $t->dir . '/hold';
my $gone = $t->dir . '/gone';

# A file `hold` keeps it from answering; those in `gone` are no tokens.
my $issuer = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($token) = $request->{body} =~ /^token=([\w-]+)&/;

    Partner::Process::wait_until(sub { !-e $hold }, 120);
    return Partner::Upstream::answer($connection, 200, encode_json({
        active => -e "$gone.$token" ? JSON::PP::false : JSON::PP::true,
        client_id => 'client_1', partner => 'p1', exp => time() + 600,
        tier => $token =~ /gold/ ? 'gold' : 'basic' }));
}, 'issuer');

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_tier     basic stale=0;
    partner_tier     gold  stale=1h;

    partner_introspection location=/_introspect partner=partner tier=tier
                          cache=1s waiting=4;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth opaque;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_introspect {
            internal;
            proxy_pass http://%%ISSUER%%:/introspect;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub begin {
    my ($token) = @_;
    my $c = $t->connect;
    $c->send(Partner::Http::format_request('GET', '/', headers =>
        { Authorization => "Bearer $token" }));
    return $c;
}


sub said {
    my ($r) = @_;
    return $r->status == 200 ? 200 : $r->code;
}


sub code { return said($t->get_as($_[0], '/')) }


sub asked { return scalar(grep { $_->{body} =~ /^token=\Q$_[0]\E&/ }
    $issuer->requests) }


sub lines {
    my ($text) = @_;
    return scalar(() = $nginx->error_log =~ /partner_introspection .*$text/g);
}

is code($_), 200, "$_: active" for qw(gold-1 gold-2 basic-1);
my $then = time;
soon { time >= $then + 2 } 'which is to be asked again by now';

$t->write_file('hold', '');
my $before = asked('gold-1');
my $first = begin('gold-1');
soon { asked('gold-1') > $before } 'the issuer is asked, and says nothing';
is said($first->response), 200, 'what it said before counts, after a while';

$before = asked('gold-1') + asked('gold-2');
my ($took, $stolen) = Partner::Host::undisturbed(3, sub {
    my $begun = time;
    my @other = grep { code($_) ne '200' } map { "gold-$_" } (1, 2) x 20;
    is "@other", '', 'then known tokens are served';
    return time - $begun;
});
Partner::Host::held_to($stolen, $took, '<', 5, 'at once');
cmp_ok asked('gold-1') + asked('gold-2') - $before, '<=', 6,
    'while few questions try whether it is back';

my @strangers = map { begin("new-$_") } 1 .. 4;
soon { code("new-5") eq 'introspection_unavailable' } 'with no room to wait';
is code('gold-2'), 200, 'a known token needs none';
is said($_->response), 'introspection_unavailable', 'what is not known gets 503'
    for @strangers;
is code('basic-1'), 'introspection_unavailable',
    'as does what was said of a tier without stale=';

is lines('does not answer'), 1, 'one line says that it does not answer';
is lines('answer'), 1, 'and no other';

$t->write_file('gone.gold-1', '');
unlink($hold);
soon { code('gold-1') eq 'inactive_token' }
    'it is asked on, and its word counts';
is code('new-9'), 200, 'also about others';
is lines('answers again'), 1, 'one line says so';

done_testing;
