#!/usr/bin/perl

# Where a call is led on, each cache that it meets is asked for the caller:
# what one partner was answered never comes to another.

use strict;
use warnings;
use lib 't/lib';

use File::Find qw(find);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my %key = (acme => new_key(), other => new_key());

$t->write_file('keys.json',
    registry(map { $key{$_} => { partnerId => $_ } } sort keys %key));

$t->write_file('api.json', <<'EOC');
{
  "openapi": "3.1.0",
  "security": [],
  "paths": {
    "/page/riders": {"get": {"operationId": "page", "x-cache": 300}},
    "/missing/riders": {"get": {"operationId": "lost", "x-cache": 300}},
    "/riders": {"get": {"operationId": "riders"}}
  }
}
EOC

# Each answer says for whom it is, and what was asked for.
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my $who = $request->{header}{'x-partner-id'} // 'nobody';
    my $body = qq("for $who: $request->{uri}");

    return Partner::Upstream::answer($connection, 404, $body)
        if $request->{uri} =~ m{^/missing};
    return Partner::Upstream::answer($connection, 200, $body,
        "X-Accel-Redirect: $1") if $request->{uri} =~ m{^/accel(/.*)};
    return Partner::Upstream::answer($connection, 200,
        qq("for $who: $request->{uri}"\n<!--# include virtual="$1" -->))
        if $request->{uri} =~ m{^/page(/.*)};
    return Partner::Upstream::answer($connection, 200, $body,
        'X-Accel-Redirect: ' . $request->{header}{'x-to'})
        if $request->{uri} =~ m{^/choose};
    return Partner::Upstream::answer($connection, 200, $body,
        'ETag: "shared"') if $request->{uri} =~ m{^/shared};
    return Partner::Upstream::answer($connection, 200, $body);
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m use_temp_path=off;

    proxy_cache       answers;
    proxy_cache_key   $partner_cache_key;
    proxy_cache_valid 200 5m;

    add_header X-Cache $upstream_cache_status always;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;

        location / { proxy_pass http://%%UPSTREAM%%; }

        # Where calls are led to.
        location /shared/ {
            proxy_cache_key shared$uri;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @shared {
            proxy_cache_key named$uri;
            rewrite ^ /shared/named break;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @text { return 200 "text\n"; }

        # What leads there.
        location /conditional/ {
            error_page 412 = /shared/conditional;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /conditional/named/ {
            error_page 412 = @shared;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /missing/ {
            proxy_intercept_errors on;
            error_page 404 = /shared/missing;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /missing/named/ {
            proxy_intercept_errors on;
            error_page 404 = @shared;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /missing/text/ {
            proxy_intercept_errors on;
            error_page 404 = @text;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /tried/ {
            set $before $partner_cache_key;
            try_files /none /shared/tried;
        }

        location /page/ {
            ssi on;
            ssi_types application/json;
            proxy_pass http://%%UPSTREAM%%;
        }

        # A key that the caller is not in, though the variable is used.
        location /sent/ {
            proxy_cache_key sent$uri;
            proxy_set_header X-Key $partner_cache_key;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /set/ {
            set $key $partner_cache_key;
            proxy_cache_key set$uri;
            proxy_pass http://%%UPSTREAM%%;
        }

        # Its page is asked of a cache, and withheld in turn.
        location /open/ {
            partner_auth off;
            proxy_cache_key open$uri;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /closed/ {
            error_page 500 = /shut$uri;
            recursive_error_pages on;
            proxy_cache_key open/open/x;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /shut/ {
            error_page 500 = @shut;
            recursive_error_pages on;
            proxy_cache_key open/open/x;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @shut { return 503 "shut\n"; }
    }

    # What is led to bears another operation than what led there.
    server {
        listen 127.0.0.1:%%PORT_8081%%;
        partner_auth key;
        partner_contract %%DIR%%/api.json;
        proxy_intercept_errors on;
        error_page 404 = /riders;
        ssi on;
        ssi_types application/json;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location = /riders {
            partner_auth off;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC


sub as {
    my ($who, $uri, %headers) = @_;
    return $t->get_as($key{$who}, $uri, headers => \%headers);
}


# What came: the status, where it was kept, and for whom it had been made.
sub made_for { return join(' ', $_[0]->body =~ /for (\w+)/g) }

# Met by what a call is led to, and not by what leads there.
my @unmet = ('If-Match' => '"shared"');

for my $case (
    ['a condition and a page', '/conditional/1', @unmet],
    ['a condition and a named place', '/conditional/named/1', @unmet],
    ['an error and a page', '/missing/1'],
    ['an error and a named place', '/missing/named/1'],
    ['X-Accel-Redirect', '/accel/shared/accel'],
    ['X-Accel-Redirect, named', '/accel/@shared'],
    ['try_files', '/tried/1'],
    ['the variable in a field', '/sent/1'],
    ['the variable in another variable', '/set/1'],
) {
    my ($name, $uri, %headers) = @$case;
    is made_for(as($_ => $uri, %headers)), $_, "$name: $_"
        for qw(acme other acme);
}

for (1 .. 2) {
    is made_for(as($_ => '/page/shared/part')), "$_ $_", "a part: $_"
        for qw(acme other);
}

for (1 .. 2) {
    like as(acme => '/page/part')->body,
        qr{\A"for acme: /page/part"\n"for acme: /part"},
        'a page and its part do not share a key';
}

for my $path (qw(a b), 'a?n=1', 'a?n=2') {
    like as(acme => '/choose', 'X-To' => "/led/$path")->body,
        qr{"for acme: /led/\Q$path\E"}, "led to $path";
}

is as(acme => '/missing/text/1')->body, "text\n", 'a text for an error'
    for 1 .. 2;

for my $uri ('/page/riders', '/missing/riders') {
    like $t->get_as($key{acme}, $uri, port => 8081)->body, qr/acme: \/riders/,
        "$uri: what it leads to" for 1 .. 2;
}

subtest 'withheld' => sub {
    is made_for(as(acme => '/open/x')), 'nobody', 'an answer is kept';
    my $r = as(other => '/closed/x');
    is $r->status, 503, 'is withheld, and so is the page for that';
    unlike $r->body, qr/for/, 'all of it';
};

my @kept;
find({ no_chdir => 1, wanted => sub {
    push @kept, $t->read_file($_) =~ /^KEY: (.*)/m if -f;
} }, $t->dir . '/cache');
is_deeply [sort grep { !/^(?:open|acme"|other")/ } @kept], [],
    'no file has a key without the caller';
is scalar(grep { /riders/ } @kept), 1, 'what has no x-cache is not kept';

done_testing;
