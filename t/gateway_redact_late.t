#!/usr/bin/perl

# What goes wrong behind the header of an answer that is redacted, and before
# its first byte, is told to the client; and is not kept by nginx.

use strict;
use warnings;
use lib 't/lib';

use File::Find qw(find);
use Partner::Http;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();

$t->write_file('keys.json', registry($key => {}));
$t->write_file('api.json', <<'EOJ');
{"openapi": "3.1.0", "info": {"title": "Rides", "version": "1"},
    "servers": [{"url": "/kept"}], "paths": {
    "/{what}": {"get": {"operationId": "kept", "security": [], "x-cache": 60,
        "responses": {"200": {"description": "Cities"}}}}}}
EOJ

# What follows the header until the upstream breaks off.
my %torn = (
    length => "Content-Length: 20\r\n\r\n",
    chunked => "Transfer-Encoding: chunked\r\n\r\n",
    chunk => "Transfer-Encoding: chunked\r\n\r\n1",
    string => "Content-Length: 20\r\n\r\n\"ada-secr",
    silent => "Content-Length: 20\r\n\r\n",
);

my %whole = (
    word => 'no json, but ada-secret',
    late => '[' . '1,' x 20_000 . 'no json, but ada-secret',
    found => '[' . '1,' x 20_000 . '"ada@b.example", no json',
    good => '{"email":"ada-secret"}',
);

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($name) = $request->{uri} =~ m{(\w+)$};

    return Partner::Upstream::answer($connection, 200, $whole{$name})
        if exists $whole{$name};

    print $connection "HTTP/1.1 200 OK\r\n"
        . "Content-Type: application/json\r\n$torn{$name}";

    # until nginx loses patience
    readline($connection) if $name eq 'silent';

    return 0;
});

# Long enough for the header of any machine's upstream.
$t->define(SILENT => <<'EOL');
location ~ /silent$ {
    proxy_read_timeout 2s;
    proxy_pass http://%%UPSTREAM%%;
}
EOL

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
    partner_redact_profile personal email=mask @email=mask;

    proxy_http_version 1.1;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8082%% http2;

        partner_auth key;
        partner_redact personal;

        location / {
            proxy_pass http://%%UPSTREAM%%;
            %%SILENT%%
        }

        location /unbuffered/ {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%;
            %%SILENT%%
        }

        location /kept/ {
            partner_contract %%DIR%%/api.json;
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_pass http://%%UPSTREAM%%;
            %%SILENT%%
        }

        location /stored/ {
            partner_contract %%DIR%%/api.json prefix=/stored;
            proxy_store %%DIR%%/cache$uri;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /control/ {
            partner_redact off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location = /metrics {
            partner_auth off;
            partner_redact off;
            partner_metrics;
        }
    }
}
EOC


# Whatever comes until the connection ends.
sub seen {
    my ($uri) = @_;

    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri, headers => {
        Authorization => "Bearer $key" }));
    ok $http->closed, "$uri: the connection ends";

    return $http->unread;
}


sub failures {
    my ($n) = $t->get('/metrics')->body =~ /^partner_requests_total
        \{tier="gold",outcome="server_error"\}\ (\d+)$/mx;
    return $n;
}


sub found {
    my ($n) = $t->get('/metrics')->body
        =~ /^partner_redactions_by_class_total\{class="email"\} (\d+)$/m;
    return $n;
}


# What nginx has kept: names and contents.
sub kept {
    my %found;
    find({ no_chdir => 1, wanted => sub {
        $found{$_} = $t->read_file($_) if -f;
    } }, $t->dir . '/cache');
    return %found;
}


# How often the upstream was asked for it.
sub asked {
    my ($uri) = @_;
    return scalar grep { $_->{uri} eq $uri } $upstream->requests;
}


subtest 'an upstream that breaks off' => sub {
    for my $place ('', '/unbuffered', '/kept') {
        for my $name (sort keys %torn) {
            my $before = failures();
            my $seen = seen("$place/$name");

            like $seen, qr{\AHTTP/1\.1\ 502\ .*
                application/problem\+json.*"code":"upstream_unavailable"}sx,
                "$place: $name";
            unlike $seen, qr/ada-secr/, 'with nothing of it';
            soon { failures() == $before + 1 } 'a failure of the upstream';
        }
    }

    like seen('/control/length'), qr/\AHTTP\/1\.1 200 .*\r\n\r\n\z/s,
        'control: without redaction the header has gone';

    my $r = $t->curl('--http2-prior-knowledge',
        '-H', "Authorization: Bearer $key",
        'http://127.0.0.1:%%PORT_8082%%/length');
    is $r && $r->code, 'upstream_unavailable', 'over HTTP/2';
};

subtest 'what nginx may keep' => sub {
    is $t->get_as($key, '/kept/word')->code, 'response_not_redactable',
        'no JSON from the start: refused' for 1 .. 2;
    is asked('/kept/word'), 2, 'asked for each time';

    for (1 .. 2) {
        my $seen = seen('/kept/late');
        like $seen, qr/\AHTTP\/1\.1 200 .*\[1,1/s, 'faulty later on: begun';
        unlike $seen, qr/ada-secret|\r\n0\r\n\r\n\z/, 'and cut';
    }
    is asked('/kept/late'), 2, 'asked for each time';

    is asked("/kept/length"), 1, 'one that broke off: once';
    is $t->get_as($key, '/kept/length')->code, 'upstream_unavailable',
        'again';
    is asked("/kept/length"), 2, 'twice';

    is_deeply { kept() }, {}, 'nothing of them was kept';

    is $t->get_as($key, '/kept/good')->json->{email}, '***',
        'a good one is redacted' for 1 .. 2;
    is asked('/kept/good'), 1, 'and was kept';
    is scalar(keys %{{ kept() }}), 1, 'as one file';
};

subtest 'what nginx may store' => sub {
    is $t->get_as($key, '/stored/good')->json->{email}, '***', 'redacted';
    is scalar(keys %{{ kept() }}), 1, 'is not stored';
};

subtest 'what is said of it' => sub {
    my $before = found();
    unlike seen('/found'), qr/\@|\r\n0\r\n\r\n\z/, 'cut';
    soon { found() == $before + 1 } 'what was found before counts';

    my $log = $nginx->error_log;
    like $log, qr/refused, .*: it is not JSON, at byte 1 while/, 'refused';
    like $log, qr/cut, .*: it is not JSON, at byte 40002 while/, 'cut';
};

unlike $nginx->error_log =~ s/^.*\[debug\].*\n//mgr, qr/ada-secr/,
    'the log has no data';

done_testing;
