#!/usr/bin/perl

# A contract says which operations there are: what is known is called by its
# name, what is not is refused, and no spelling of a path passes for another.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(reader writer nobody);

$t->write_file('keys.json', registry(
    $key{reader} => { partnerId => 'p', scopes => ['read:rides'] },
    $key{writer} => { partnerId => 'p', scopes => ['read:*', 'write:rides'] },
    $key{nobody} => { partnerId => 'p', scopes => [] },
));


# A document whose operations are path => { method => [id, scopes] }.
sub document {
    my ($paths, %o) = @_;
    my %paths;

    for my $path (keys %$paths) {
        for my $method (keys %{$paths->{$path}}) {
            my ($id, @scopes) = @{$paths->{$path}{$method}};
            $paths{$path}{$method} = { operationId => $id,
                security => @scopes ? [map { { key => $_ } } @scopes] : [] };
        }
    }

    return JSON::PP->new->canonical->encode({
        openapi => '3.1.0', paths => \%paths,
        components => { securitySchemes => { key => {} } }, %o
    });
}


$t->write_file('rides.json', document({
    '/rides' => { get => ['rides.list', ['read:rides']],
                  post => ['rides.book', ['read:rides', 'write:rides']] },
    '/rides/{id}' => { get => ['rides.get', ['read:rides']],
                       delete => ['rides.drop', ['admin'], ['write:rides']] },
    '/rides/export' => { get => ['rides.export', ['admin']] },
}, servers => [{ url => 'https://api.example.com/v1' }]));

$t->write_file('leads.json',
    document({ '/leads' => { get => ['leads.list'] } }));

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    return Partner::Upstream::answer($connection, 200,
        JSON::PP->new->encode({ uri => $request->{uri},
            method => $request->{method} }));
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;
worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    partner_contract %%DIR%%/rides.json %%DIR%%/leads.json;

    add_header X-Operation $partner_operation always;
    add_header X-Status "$partner_auth_status" always;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /v1/rides/export {
            partner_scope off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /pass/ {
            partner_contract %%DIR%%/rides.json prefix=/pass unknown=pass;
            partner_scope read:rides;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /api/ {
            partner_contract %%DIR%%/leads.json prefix=/api;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /off/ {
            partner_contract off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /rewritten/ {
            rewrite ^/rewritten(/.*)$ $1 break;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /fallback {
            partner_contract off;
            proxy_intercept_errors on;
            error_page 404 = /v1/rides/export;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics {
            partner_auth off;
            partner_metrics;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        partner_auth off;
        location / { return 404; }
    }

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        merge_slashes off;
        partner_auth key;
        location / { proxy_pass http://%%UPSTREAM%%; }
    }
}
EOC


sub call {
    my ($name, $method, $uri, %o) = @_;
    return $t->request($method, $uri, %o,
        headers => { Authorization => "Bearer $key{$name}" });
}


sub found {
    my ($name, $method, $uri, $operation, %o) = @_;
    my $r = call($name, $method, $uri, %o);
    my $what = "$method $uri";

    is $r->status, 200, "$what: passes";
    is $r->header('X-Operation'), $operation, "$what: operation";
    return $r;
}


sub refused {
    my ($name, $method, $uri, $status, $code, %o) = @_;
    my $before = $upstream->requests;
    my $r = call($name, $method, $uri, %o);

    is $r->status . ' ' . ($method eq 'HEAD' ? $code : $r->code),
        "$status $code", "$method $uri";
    is scalar(my @now = $upstream->requests), $before,
        "$method $uri: not sent on";
    return $r;
}


subtest 'operations' => sub {
    found(reader => GET => '/v1/rides', 'rides.list');
    found(reader => GET => '/v1/rides?a=/x/../y;z', 'rides.list');
    found(reader => HEAD => '/v1/rides', 'rides.list');
    found(writer => POST => '/v1/rides', 'rides.book');
    found(reader => GET => '/v1/rides/7', 'rides.get');
    found(reader => GET => '/v1/rides/a%20b%25', 'rides.get');
    found(reader => GET => '/v1/r%69des/7', 'rides.get');
    found(writer => DELETE => '/v1/rides/7', 'rides.drop');
    found(nobody => GET => '/leads', 'leads.list');
    found(nobody => GET => '/api/leads', 'leads.list');
};

subtest 'no operations' => sub {
    refused(reader => GET => $_, 404, 'unknown_operation')
        for qw(/ /rides /v1 /v1/rides/ /v1/rides/7/ /V1/rides /v1/rides/7/8
               /api/rides /leads/ /v1/rides/a;b);
    is refused(reader => GET => '/nothing', 404, 'unknown_operation')
        ->header('X-Status'), 'passed', 'who called was known';
    is $t->get('/nothing')->code, 'missing_credential',
        'who is nobody is told nothing';

    is refused(reader => PUT => '/v1/rides', 405, 'method_not_allowed')
        ->header('Allow'), 'GET, HEAD, POST', 'Allow names the methods';
    is refused(reader => OPTIONS => '/v1/rides/7', 405, 'method_not_allowed')
        ->header('Allow'), 'GET, HEAD, DELETE', 'of the path';
    refused(reader => PURGE => '/v1/rides', 405, 'method_not_allowed');
    refused(reader => POST => '/v1/rides/export', 405, 'method_not_allowed');
};

subtest 'scopes of the operation' => sub {
    my $r = refused(reader => POST => '/v1/rides', 403, 'insufficient_scope');
    is $r->header('WWW-Authenticate'), 'Bearer realm="partner", '
        . 'error="insufficient_scope", scope="read:rides write:rides"',
        'all of one alternative';

    $r = refused(reader => DELETE => '/v1/rides/7', 403,
        'insufficient_scope');
    is join(' | ', $r->header_all('WWW-Authenticate')), join(' | ',
        map { 'Bearer realm="partner", error="insufficient_scope", '
            . "scope=\"$_\"" } qw(admin write:rides)),
        'a challenge for each alternative';

    refused(nobody => GET => '/v1/rides', 403, 'insufficient_scope');
    refused(writer => GET => '/v1/rides/export', 403, 'insufficient_scope');
};

subtest 'one path, one operation' => sub {
    # What one server takes for a separator another takes for a letter.
    refused(reader => GET => $_, 400, 'ambiguous_path') for (
        '/v1/rides/..%2Fleads', '/v1/rides/a%2fb', '/v1/rides/%2e%2e/rides/7',
        '/v1/rides/7/../export', '/v1/./rides', '/v1//rides', '//v1/rides',
        '/v1/rides/a%5Cb', '/v1/rides/a%3Bb', '/v1/rides%2Fexport',
        '/v1/rides/7#/x', '/v1/rides/%2E', '/v1/x/%2e./rides/7',
        '/nothing/../v1/rides');

    refused(reader => GET => '/v1//rides', 400, 'ambiguous_path',
        port => 8082);
    like call(reader => GET => '/v1/rides/a%3Bb')->json->{detail},
        qr/semicolons, backslashes, # or controls that are encoded/,
        'the problem says how it is meant';
    refused(reader => GET => $_, 404, 'unknown_operation')
        for '/v1/rides/a\\b', '/v1/rides;x';
    is call(nobody => GET => '/off/x;y')->status, 200, 'no contract, no look';
    refused(reader => GET => '/v1/rides/%65xport', 403, 'insufficient_scope');
    is found(reader => GET => '/v1/rides/%252e%252e', 'rides.get')
        ->json->{uri}, '/v1/rides/%252e%252e', 'encoded twice is a name';
};

subtest 'unknown=pass' => sub {
    my $r = call(reader => GET => '/pass/other');
    is $r->status, 200, 'an unknown path passes';
    is $r->header('X-Operation'), undef, 'without an operation';

    $r = refused(nobody => GET => '/pass/other', 403, 'insufficient_scope');
    found(reader => GET => '/pass/rides/7', 'rides.get');
    refused(reader => GET => '/pass/rides/export', 403,
        'insufficient_scope');
    refused(reader => PUT => '/pass/rides', 405, 'method_not_allowed');
    refused(reader => GET => $_, 400, 'ambiguous_path')
        for qw(/pass/rides/export;x /pass//rides/export /pass/rides%2Fexport
               /pass/x/%2e%2e/rides/export);
};

subtest 'other locations' => sub {
    is call(nobody => GET => '/off/x')->status, 200, 'off';
    found(reader => GET => '/rewritten/v1/rides/7', 'rides.get');
    refused(reader => GET => '/rewritten/v1/rides/export', 403,
        'insufficient_scope');
    refused(reader => GET => '/rewritten/other', 404, 'unknown_operation');
    refused(reader => GET => '/fallback', 403, 'insufficient_scope');
};

# How often an operation was called, by the metrics.
sub counted {
    my ($operation, $outcome) = @_;
    my $line = "partner_operation_calls_total{operation=\"$operation\","
        . "outcome=\"$outcome\"} ";
    return $t->get('/metrics')->body =~ /^\Q$line\E(\d+)$/m ? $1 : 0;
}


subtest 'counted' => sub {
    my $before = counted('leads.list', 'ok');
    call(nobody => GET => '/leads') for 1 .. 3;
    is counted('leads.list', 'ok') - $before, 3, 'by its operation';
    ok counted('rides.export', 'refused'), 'refused ones as well';
    unlike $t->get('/metrics')->body, qr/nothing|\/v1/,
        'no label from a path';
};

subtest 'a reload' => sub {
    $t->write_file('leads.json',
        document({ '/leads' => { get => ['leads.all', ['admin']] } }));
    $nginx->reload;
    soon { call(nobody => GET => '/leads')->status == 403 }
        'the new contract holds';
};

# nginx -t: the file, the place, what is allowed.
sub config {
    my ($name, $file, $line, @expected) = @_;
    $t->write_file("$name.json", $file);
    $line ||= "partner_contract %%DIR%%/$name.json;";
    my $said = $t->config_error("partner_zone zone=p:1m; server { $line }");
    like $said, $_, $name for @expected;
}

my $rides = '%%DIR%%/rides.json';

config('broken', '{"openapi": "3.1.0",', undef,
    qr/broken\.json": line 1/);
config('old', '{"openapi": "3.0.0"}', undef, qr/at "\/openapi": required/);
config('clash', document({ '/r/{a}' => { get => ['a'] },
        '/r/{b}' => { get => ['b'] } }), undef,
    qr/clash\.json" at "\/paths\/~1r~1\{b\}": it matches/,
    qr/the same paths as \/r\/\{a\}/);
config('scheme', '{"openapi":"3.1.0","paths":{"/r":{"get":{"operationId":"r",'
        . '"security":[{"kye":[]}]}}}}', undef,
    qr/scheme\.json" at "\/paths\/~1r\/get\/security\/0\/kye"/);
config('second', document({ '/x' => { get => ['rides.list'] } }),
    "partner_contract $rides %%DIR%%/second.json;",
    qr/second\.json" at "\/paths\/~1x\/get\/operationId": another/);
config('prefix', '{}', "partner_contract $rides prefix=v1;",
    qr/invalid value "v1" of "prefix", allowed is a path/);
config('unknown', '{}', "partner_contract $rides unknown=allow;",
    qr/invalid value "allow" of "unknown", allowed is deny or pass/);
config('parameter', '{}', "partner_contract $rides unknown=deny x=1;",
    qr/unknown parameter "x="/);
config('misspelt', '{}', "partner_contract $rides unkown=pass;",
    qr/unknown parameter "unkown=", allowed are prefix=, unknown=/);
config('none', '{}', 'partner_contract prefix=/v1;', qr/0 files, allowed are/);
config('twice', '{}', "partner_contract $rides; partner_contract off;",
    qr/is duplicate/);
config('missing', '{}', 'partner_contract %%DIR%%/absent.json;',
    qr/absent\.json" failed \(2: /);
config('open', '{}', "location / { partner_contract $rides; }",
    qr/"partner_contract" is without effect in location "\/"/);

done_testing;
