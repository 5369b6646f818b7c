#!/usr/bin/perl

# Who calls is what the gateway says: nothing that a client sends under the
# name of an identity header arrives anywhere, however it is spelled.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
$t->certificate;

my ($key, $bare, $lacking) = map { new_key() } 1 .. 3;
my @fields = qw(Id App Client Tier Scopes);
my %mine = (Id => 'acme', App => 'fleet', Client => 'key_1', Tier => 'gold',
    Scopes => 'read:rides write:rides');

$t->write_file('keys.json', registry(
    $key => { partnerId => 'acme', applicationId => 'fleet',
              scopes => ['read:rides', 'write:rides'] },
    $bare => { partnerId => 'bare', scopes => [] },
    $lacking => { partnerId => 'lacking', scopes => [] },
));

# Answers with what it was sent under a name that may speak of a partner.
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my @seen = grep { $_->[0] =~ /partner/i } @{$request->{headers}};
    my $status = $request->{uri} =~ /fail/ ? 500 : 200;
    return Partner::Upstream::answer($connection, $status,
        JSON::PP->new->encode({ seen => \@seen,
            host => $request->{header}{host},
            agent => $request->{header}{'user-agent'} }));
});

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    proxy_http_version 1.1;
    proxy_set_header   Connection "";
    proxy_set_header   Host       $host;

    upstream api {
        server %%UPSTREAM%%;
        keepalive 4;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8443%% ssl http2;
        ssl_certificate     %%CERT%%;
        ssl_certificate_key %%CERT_KEY%%;
        underscores_in_headers on;
        ignore_invalid_headers off;

        location /key {
            partner_auth key;
            proxy_pass http://api;
        }

        location /open { proxy_pass http://api; }

        location /scoped {
            partner_auth key;
            partner_scope read:rides;
            error_page 403 = @fallback;
            proxy_pass http://api;
        }

        location @fallback { proxy_pass http://api; }

        location /spelled {
            partner_auth key;
            proxy_set_header X-Partner-Id "is $partner_id";
            proxy_pass http://api;
        }

        location /mirrored {
            partner_auth key;
            mirror /copy;
            proxy_pass http://api;
        }

        location /checked {
            partner_auth key;
            auth_request /copy;
            proxy_pass http://api;
        }

        location = /copy {
            internal;
            proxy_pass http://api/copy$request_uri;
        }

        location /failing {
            partner_auth key;
            proxy_intercept_errors on;
            error_page 500 = /open;
            proxy_pass http://api/fail;
        }
    }

    # No directive of ours here: forged fields are gone all the same.
    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { proxy_pass http://api; }
    }
}
EOC


# The fields that the upstream saw, in order, one a line.
sub seen {
    my ($r) = @_;
    return join("\n", map { "$_->[0]: $_->[1]" } @{$r->json->{seen}});
}


sub mine { return join("\n", map { "X-Partner-$_: $mine{$_}" } @fields) }


my @auth = (Authorization => "Bearer $key");

is seen($t->get_as($key, '/key')), mine(), 'all that is known, each once';
is seen($t->get_as($bare, '/key')), join("\n", 'X-Partner-Id: bare',
    'X-Partner-Client: key_2', 'X-Partner-Tier: gold'),
    'nothing that is not';
is seen($t->get('/open')), '', 'nobody, where nobody is authenticated';

# Every name, in every spelling.
my %spelling = (
    plain => sub { "X-Partner-$_[0]" }, lower => sub { lc "X-Partner-$_[0]" },
    upper => sub { uc "X-Partner-$_[0]" },
    underscores => sub { "X_Partner_$_[0]" },
    mixed => sub { "X-Partner_$_[0]" }, dots => sub { "X.Partner.$_[0]" },
);

for my $spelling (sort keys %spelling) {
    for my $field (@fields, 'Other') {
        my @forged = ($spelling{$spelling}->($field), 'platform');

        is seen($t->get('/key', headers => [@forged, @auth])), mine(),
            "$spelling $field before the key";
        is seen($t->get('/key', headers => [@auth, @forged])), mine(),
            "$spelling $field after it";
        is seen($t->get('/open', headers => \@forged)), '',
            "$spelling $field where nobody is authenticated";
        is seen($t->get('/', port => 8081, headers => \@forged)), '',
            "$spelling $field in another server";
    }
}

subtest 'many' => sub {
    my @forged = map { ("X-Partner-Id" => "p$_", "X-Fine-$_" => $_) } 1 .. 60;
    my $r = $t->get('/key', headers => [@forged, @auth, 'User-Agent' => 'ua',
        @forged]);
    is seen($r), mine(), 'all of them are gone';
    is $r->json->{host}, 'localhost', 'Host is what it was';
    is $r->json->{agent}, 'ua', 'and so is what is not ours';

    my ($last) = reverse $upstream->requests;
    is scalar(grep { $_->[0] =~ /^X-Fine/ } @{$last->{headers}}), 120,
        'every other field arrives';
};

subtest 'kept alive' => sub {
    my $http = $t->connect;
    my @forged = ('X-Partner-Id' => 'platform', 'X_Partner_Scopes' => 'admin');

    for my $round (1 .. 3) {
        is seen($http->request(GET => '/key', headers => [@auth, @forged])),
            mine(), 'forged';
        is seen($http->request(GET => '/key', headers => [@auth])), mine(),
            'not forged';
        is seen($http->request(GET => '/open', headers => \@forged)), '',
            'nobody';
    }
};

subtest 'HTTP/2' => sub {
    my @curl = ('--http2', '-k', '-H', 'X-Partner-Id: platform',
        '-H', 'x_partner_scopes: admin', '-H', 'X-Partner-App: a',
        '-H', 'X-Partner-App: b');

    is seen($t->curl(@curl, '-H', "Authorization: Bearer $key",
        'https://localhost:%%PORT_8443%%/key')), mine(), 'with a key';
    is seen($t->curl(@curl, 'https://localhost:%%PORT_8443%%/open')), '',
        'without';
};

subtest 'what is sent on by other ways' => sub {
    my @forged = (@auth, 'X-Partner-Id' => 'platform');
    my $id = 'X-Partner-Id: acme';

    is seen($t->get('/spelled', headers => \@forged)),
        join("\n", 'X-Partner-Id: is acme', grep { $_ ne $id }
            split(/\n/, mine())), 'proxy_set_header goes before';
    is seen($t->get('/failing', headers => \@forged)), mine(),
        'after error_page, once';
    is seen($t->get('/scoped', headers => [
        Authorization => "Bearer $lacking", 'X-Partner-Id' => 'platform',
    ])), '', 'refused, then served where nobody is authenticated: nobody';

    $t->get("/$_", headers => \@forged) for qw(mirrored checked);
    my @copies;
    soon {
        @copies = grep { $_->{uri} =~ m{^/copy} } $upstream->requests;
        @copies == 2;
    } 'subrequests were sent';

    is scalar(grep { $_->[0] =~ /partner/i && $_->[1] eq 'platform' }
        map { @{$_->{headers}} } @copies), 0, 'without what was forged';
};

done_testing;
