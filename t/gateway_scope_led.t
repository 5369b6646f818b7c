#!/usr/bin/perl

# Led on within one location, a call needs the scopes of what it comes to.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my %key = (narrow => new_key(), wide => new_key());

$t->write_file('keys.json', registry(
    $key{narrow} => { scopes => ['read:rides'] },
    $key{wide} => { scopes => ['read:rides', 'read:riders'] },
));

$t->write_file('api.json', <<'EOC');
{
  "openapi": "3.1.0",
  "security": [{"key": ["read:rides"]}],
  "paths": {
    "/rides/{id}": {"get": {"operationId": "ride"},
                    "post": {"operationId": "ride.add"}},
    "/cities": {"get": {"operationId": "cities", "x-cache": 60}},
    "/riders": {"get": {"operationId": "riders",
                        "security": [{"key": ["read:riders"]}]}},
    "/drivers": {"post": {"operationId": "driver.add",
                          "security": [{"key": ["read:riders"]}]}}
  },
  "components": {"securitySchemes": {"key": {}}}
}
EOC

# X-To leads on; rides are missing without it.
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($uri, $to) = ($request->{uri}, $request->{header}{'x-to'} // '');
    my $body = qq("$uri");

    return Partner::Upstream::answer($connection, 200, $body,
        "X-Accel-Redirect: $to") if $to ne '' && $uri =~ /rides|cities/;
    return Partner::Upstream::answer($connection,
        $uri =~ /rides/ ? 404 : 200, $body);
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_auth key;
    partner_contract %%DIR%%/api.json;
    partner_limit_policy calls rate=1r/h burst=1000;
    partner_limit calls;

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m use_temp_path=off;
    proxy_cache_key $partner_cache_key;

    add_header X-Operation $partner_operation always;
    add_header X-Cache $upstream_cache_status always;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        location / { proxy_pass http://%%UPSTREAM%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / {
            proxy_intercept_errors on;
            error_page 404 = /riders;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        root %%DIR%%/html;
        location / { try_files /none /riders; }
    }

    server {
        listen 127.0.0.1:%%PORT_8083%%;
        rewrite ^/rides/first /riders;
        location / {
            rewrite ^/rides/last /riders last;
            rewrite ^/rides/break /riders break;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8084%%;
        location / {
            error_page 404 = @again;
            proxy_intercept_errors on;
            proxy_pass http://%%UPSTREAM%%;
        }
        location @again {
            rewrite ^ /riders break;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8085%%;
        location / {
            proxy_cache answers;
            proxy_cache_valid any 1m;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC


# The status and the code or the body.
sub comes {
    my ($who, $uri, %o) = @_;
    my ($port, $to) = (delete $o{port} // 8080, delete $o{to});
    my $r = $t->request($o{method} // 'GET', $uri, port => $port, headers => {
        Authorization => "Bearer $key{$who}",
        defined $to ? ('X-To' => $to) : () });
    return join(' ', $r->status, $r->code // $r->body), $r;
}


for my $case (
    ['X-Accel-Redirect', '/rides/1', to => '/riders'],
    ['X-Accel-Redirect of a POST', '/rides/1', method => 'POST',
        to => '/riders'],
    ['error_page', '/rides/1', port => 8081],
    ['try_files', '/rides/1', port => 8082],
    ['rewrite of the server', '/rides/first', port => 8083],
    ['rewrite last', '/rides/last', port => 8083],
    ['rewrite break', '/rides/break', port => 8083],
    ['a named location that rewrites', '/rides/1', port => 8084],
) {
    my ($name, $uri, %o) = @$case;
    my ($before) = scalar(() = grep { $_->{uri} eq '/riders' }
        $upstream->requests);
    is +(comes(narrow => $uri, %o))[0], '403 insufficient_scope',
        "$name: not with the scopes of the first";
    is scalar(() = grep { $_->{uri} eq '/riders' } $upstream->requests),
        $before, 'and the upstream is not asked';

    next if $name eq 'try_files'; # that leads round until nginx ends it
    is +(comes(wide => $uri, %o))[0], '200 "/riders"', "$name: with both";
}

my ($came, $r) = comes(wide => '/rides/1', to => '/riders');
is $r->header('X-Operation'), 'riders', 'it is the second operation then';

is +(comes(narrow => '/rides/1', to => $_))[0], qq(200 "$_"),
    "$_ is none: what was called stays" for '/files/1', '/drivers';
is +(comes(narrow => '/rides/1', to => $_))[0], '400 ambiguous_path',
    "$_: unless it may be read as one" for '//riders', '/x;/riders';

is $t->get_as($key{wide}, '/rides/1', headers => { 'X-To' => '/riders' })
    ->header('X-RateLimit-Remaining'),
    $t->get_as($key{wide}, '/cities')->header('X-RateLimit-Remaining') + 1,
    'one debit however it is led';

for my $case (['', 'MISS HIT'], ['/riders', 'MISS MISS']) {
    my ($to, $wanted) = @$case;
    is join(' ', map {
        (comes(wide => "/cities?to=$to", port => 8085, to => $to))[1]
            ->header('X-Cache')
    } 1 .. 2), $wanted, $to ? 'kept by its own word' : 'control: kept';
}

done_testing;
