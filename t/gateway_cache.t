#!/usr/bin/perl

# nginx' own cache behind the gateway: nobody is served what another may not
# see, and what holds personal data is never kept.

use strict;
use warnings;
use lib 't/lib';

use File::Find ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;

my %who = (
    acme => { partnerId => 'acme', scopes => ['read:rides'] },
    again => { partnerId => 'acme', scopes => ['read:rides'] },
    wide => { partnerId => 'acme', scopes => ['read:rides', 'read:leads'] },
    app => { partnerId => 'acme', applicationId => 'a',
             scopes => ['read:rides'] },
    basic => { partnerId => 'acme', tier => 'basic',
               scopes => ['read:rides'] },
    other => { partnerId => 'other', scopes => ['read:rides'] },
);
my %key = map { $_ => new_key() } keys %who;


sub keys_file {
    $t->write_file('keys.json',
        registry(map { $key{$_} => $who{$_} } sort keys %who));
}


keys_file();

$t->write_file('api.json', <<'EOC');
{
  "openapi": "3.1.0",
  "security": [{"key": ["read:rides"]}],
  "paths": {
    "/kept/{id}": {"get": {"operationId": "kept", "x-cache": 300}},
    "/short/{id}": {"get": {"operationId": "short", "x-cache": 1}},
    "/plain/{id}": {"get": {"operationId": "plain"},
                    "post": {"operationId": "plain.add"}},
    "/people/{id}": {"get": {"operationId": "people", "responses": {"200": {
      "content": {"application/json": {"schema": {"properties": {
        "email": {"type": "string", "x-pii": "email"}}}}}}}}}
  },
  "components": {"securitySchemes": {"key": {}}}
}
EOC

# Tells each answer from the one before, and carries what must not be kept.
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my $status = $request->{uri} =~ /missing/ ? 404 : 200;
    my @headers = $request->{uri} =~ /private/ ? ('Cache-Control: private')
        : ();
    my $n = Time::HiRes::time();

    return Partner::Upstream::answer($connection, $status,
        qq({"n":"$n","email":"secret-address\@example.com"}), @headers);
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile mail email=mask;

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m use_temp_path=off;

    proxy_cache       answers;
    proxy_cache_key   $partner_cache_key;
    proxy_cache_valid any 5m;
    proxy_cache_methods GET HEAD POST;

    add_header X-Cache $upstream_cache_status always;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        partner_contract %%DIR%%/api.json;
        partner_redact off;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /kept/redacted {
            partner_redact mail;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /pass/ {
            partner_contract %%DIR%%/api.json prefix=/pass unknown=pass;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /free/ {
            partner_contract off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /rewritten/ {
            if ($arg_to = "x") { rewrite ^ /kept/x break; }
            rewrite ^ /kept/y break;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /unkeyed/ {
            partner_contract off;
            proxy_cache_key k$http_x_key;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /open-key/ {
            partner_auth off;
            proxy_cache_key k$http_x_key;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /open/ {
            partner_auth off;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC


sub cached {
    my ($who, $uri, %o) = @_;
    my $r = $t->request($o{method} // 'GET', $uri, headers => {
        Authorization => "Bearer $key{$who}", %{$o{headers} || {}} });
    return ($r->header('X-Cache') // '-', $r);
}


# MISS and then HIT, or MISS and MISS.
sub pair { return join(' ', map { (cached(@_))[0] } 1 .. 2) }


sub files {
    my @found;
    File::Find::find({ no_chdir => 1, wanted => sub {
        push @found, $_ if -f $_;
    } }, $t->dir . '/cache');
    return @found;
}


sub kept { return grep { $t->read_file($_) =~ $_[0] } files() }


subtest 'who shares an answer' => sub {
    is pair(acme => '/kept/1'), 'MISS HIT', 'the same key';
    is +(cached(again => '/kept/1'))[0], 'HIT',
        'another key of partner, application, tier and scopes';
    is pair($_ => '/kept/1'), 'MISS HIT', "not $_"
        for qw(other wide app basic);
    is pair(acme => '/kept/1?a=b'), 'MISS HIT', 'nor another address';
    is +(cached(acme => '/kept/1', headers => { Host => 'b.example' }))[0],
        'MISS', 'nor another host';
    is pair(acme => '/rewritten/r'), 'MISS HIT', 'rewritten';
    is +(cached(acme => '/rewritten/r?to=x'))[0], 'MISS',
        'rewritten elsewhere';
};

subtest 'what is kept' => sub {
    is pair(acme => '/plain/1'), 'MISS MISS', 'only what the contract says';
    is pair(acme => '/plain/1', method => 'POST'), 'MISS MISS', 'no POST';
    is pair(acme => '/kept/missing'), 'MISS MISS', 'no error';
    is pair(acme => '/kept/private'), 'MISS MISS',
        'nothing that the upstream calls private';
    is pair(acme => '/pass/unknown'), 'MISS MISS', 'no unknown operation';
    is pair(acme => '/free/x'), 'MISS HIT', 'without a contract: all';
    is pair(acme => '/open/x'), 'MISS MISS', 'nothing of nobody';
    is +(cached(acme => '/kept/1', method => 'HEAD'))[0], 'HIT',
        'HEAD is served from what GET left';

    is +(cached(acme => '/short/1'))[0], 'MISS', 'for a second';
    soon { (cached(acme => '/short/1'))[0] eq 'EXPIRED' } 'and no longer';
};

subtest 'personal data' => sub {
    my @before = files();
    is pair(acme => '/people/1'), 'MISS MISS', 'never kept';
    like +(cached(acme => '/people/1'))[1]->body, qr/secret-address/,
        'though there was some';
    # a temporary file of the answer before may have gone meanwhile
    cmp_ok scalar(files()), '<=', scalar(@before), 'not a file more';
    is scalar(kept(qr/people/)), 0, 'and none with its address';
};

subtest 'redaction' => sub {
    is pair(acme => '/kept/redacted'), 'MISS HIT', 'kept';
    like +(cached(acme => '/kept/redacted'))[1]->body, qr/"email":"\*\*\*"/,
        'what was kept is redacted when it is served';
    is scalar(kept(qr/kept\/redacted.*secret-address/s)), 1,
        'it was kept as the upstream sent it';
};

subtest 'who may not' => sub {
    is +(cached(acme => '/kept/1'))[0], 'HIT', 'there is an answer';
    is $t->get('/kept/1')->code, 'missing_credential', 'not for nobody';

    $who{acme}{status} = 'revoked';
    keys_file();
    $nginx->reload;
    soon { (cached(acme => '/kept/1'))[1]->status == 401 }
        'not for a key that was revoked';
    is +(cached(acme => '/kept/1'))[1]->header('X-Cache'), undef,
        'the cache is not asked';
    is +(cached(again => '/kept/1'))[0], 'HIT', 'for the others it is there';
};

subtest 'a key without the caller' => sub {
    my $cache = "proxy_cache_path %%DIR%%/c keys_zone=c:1m;\n"
        . 'partner_zone zone=partners:1m; '
        . 'partner_redis unix:/nowhere.sock;';
    my $pass = 'partner_auth key; proxy_cache c; '
        . 'proxy_pass http://127.0.0.1:1;';

    like $t->config_error("$cache server { location /x { $pass } }"),
        qr/"proxy_cache" in location "\/x" would hand one partner's answers/,
        'is refused';
    like $t->config_error("$cache server { location /x { $pass } }"),
        qr/add "proxy_cache_key \$partner_cache_key;"/, 'with the way out';
    is $t->config_error("$cache server { location /x {
        $pass proxy_cache_key \$partner_cache_key; } }"), '', 'named: passes';
    is $t->config_error("$cache server { location /x {
        partner_auth off; proxy_cache c; proxy_pass http://127.0.0.1:1; } }"),
        '', 'where nobody is asked, anything goes';

    # the variable is named elsewhere, so only the calls tell
    is pair(again => '/unkeyed/x'), 'MISS MISS', 'nothing is kept';
    is scalar(kept(qr/unkeyed/)), 0, 'not a file';
    like $nginx->error_log, qr/answer not kept: .* \$partner_cache_key/,
        'the log says why';

    is +(cached(again => '/open-key/x', headers => { 'X-Key' => 'k' }))[0],
        'MISS', 'one that was kept for everybody';
    is +(cached(again => '/open-key/y', headers => { 'X-Key' => 'k' }))[0],
        'HIT', 'goes to everybody';
    my $r = (cached(again => '/unkeyed/x', headers => { 'X-Key' => 'k' }))[1];
    is $r->status, 500, 'but is withheld where somebody is asked for';
    unlike $r->body, qr/secret-address/, 'all of it';
};

done_testing;
