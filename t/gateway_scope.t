#!/usr/bin/perl

# partner_scope: all of them, any of them, classes, and what the caller is told.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;

my %scopes = (
    none => [], both => ['read:rides', 'write:rides'],
    reads => ['read:*'], all => ['read:*', 'write:*', 'manage:*'],
    admin => ['admin'], deep => ['read:rides:*'], rides => ['read:rides'],
);
my %key = map { $_ => new_key() } keys %scopes;

$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, scopes => $scopes{$_} }
} sort keys %scopes));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        root %%DIR%%/html;
        default_type text/plain;
        partner_scope read:rides write:rides;

        location /both    { }
        location /all     { partner_scope all read:rides write:rides; }
        location /any     { partner_scope any admin write:rides manage:keys; }
        location /one     { partner_scope any read:rides; }
        location /deep    { partner_scope read:rides:private; }
        location /manage  { partner_scope manage:webhooks; }
        location /off     { partner_scope off; }
    }
}
EOC

$t->write_file("html/$_", '') for qw(both all any one deep manage off);

my %may = (
    both => [qw(all both)], all => [qw(all both)],
    any => [qw(admin all both)], one => [qw(all both reads rides)],
    deep => [qw(all deep reads)], manage => ['all'],
    off => [sort keys %scopes],
);

for my $place (sort keys %may) {
    is join(' ', grep { $t->get_as($key{$_}, "/$place")->status == 200 }
        sort keys %scopes), join(' ', @{$may{$place}}), "who may /$place";
}


sub challenges {
    my ($place) = @_;
    my $r = $t->get_as($key{none}, $place);
    is $r->status . ' ' . $r->code, '403 insufficient_scope', $place;
    return join("\n", $r->header_all('WWW-Authenticate'));
}


my $error = 'Bearer realm="partner", error="insufficient_scope"';

is challenges('/both'), "$error, scope=\"read:rides write:rides\"",
    'all: one challenge with all';
is challenges('/any'), join("\n", map { "$error, scope=\"$_\"" }
    qw(admin write:rides manage:keys)), 'any: one for each';

my %wrong = (
    'partner_scope "";' => qr/invalid scope ""/,
    'partner_scope read:*;' => qr/invalid scope "read:\*", allowed is/,
    'partner_scope *;' => qr/invalid scope "\*"/,
    'partner_scope any;' => qr/invalid scope "any"/,
    'partner_scope all;' => qr/invalid scope "all"/,
    'partner_scope a off;' => qr/invalid scope "off"/,
    'partner_scope all any a;' => qr/invalid scope "any"/,
    'partner_scope a; partner_scope b;' => qr/is duplicate/,
    'partner_scope any ' . join(' ', 1 .. 17) . ';' =>
        qr/17 scopes, at most 16/,
    'partner_scope ' . join(' ', map { 'x' x 60 . $_ } 10 .. 30) . ';' =>
        qr/bytes, at most 1023/,
);

for my $line (sort keys %wrong) {
    like $t->config_error("partner_zone zone=p:1m; server { $line }"),
        $wrong{$line}, "nginx -t: $line";
}

done_testing;
