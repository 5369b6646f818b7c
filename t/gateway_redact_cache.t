#!/usr/bin/perl

# What may hold personal data is never written to a cache or a store, whoever
# asks for it; what the contract says to keep is.

use strict;
use warnings;
use lib 't/lib';

use File::Find qw(find);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my ($key, $trusted) = (new_key(), new_key());

$t->write_file('keys.json', registry($key => {},
    $trusted => { scopes => ['pii:all'] }));
$t->write_file('api.json', <<'EOJ');
{"openapi": "3.1.0", "info": {"title": "Rides", "version": "1"},
    "servers": [{"url": "/"}], "paths": {
    "/kept": {"get": {"operationId": "kept", "security": [], "x-cache": 60,
        "responses": {"200": {"description": "Cities"}}}},
    "/open": {"get": {"operationId": "open", "security": [],
        "responses": {"200": {"description": "Riders"}}}}}}
EOJ

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    return Partner::Upstream::answer($connection, 200,
        '{"email":"ada-secret"}', 'Cache-Control: max-age=3600');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile personal email=mask;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        partner_redact personal;
        partner_redact_for off scope=pii:all;

        proxy_cache answers;
        proxy_cache_key $partner_cache_key;
        proxy_cache_valid any 1h;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /unbuffered {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /store/ {
            proxy_cache off;
            proxy_store %%DIR%%/cache/stored;
            proxy_pass http://%%UPSTREAM%%;
        }

        location ~ ^/(kept|open)$ {
            partner_contract %%DIR%%/api.json;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /control {
            partner_redact off;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC


# How many files below the cache hold the secret.
sub kept {
    my $n = 0;
    find({ no_chdir => 1, wanted => sub {
        $n++ if -f && $t->read_file($_) =~ /ada-secret/;
    } }, $t->dir . '/cache');
    return $n;
}


# What the caller sees in two calls, and how often the upstream was asked.
sub twice {
    my ($caller, $uri) = @_;
    my $before = () = $upstream->requests;
    my @seen = map { $t->get_as($caller, $uri)->json->{email} } 1 .. 2;
    my $after = () = $upstream->requests;
    return "@seen " . ($after - $before);
}


for my $uri ('/plain', '/unbuffered', '/store/x', '/open') {
    is twice($trusted, $uri), 'ada-secret ada-secret 2', "$uri: who may see";
    is twice($key, $uri), '*** *** 2', "$uri: who may not";
}

is kept(), 0, 'nothing was kept';

is twice($key, '/kept'), '*** *** 1', 'what the contract keeps is redacted';
is kept(), 1, 'and kept';

is twice($key, '/control'), 'ada-secret ada-secret 1', 'control: no redaction';
is kept(), 2, 'is found there';

done_testing;
