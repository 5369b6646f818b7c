#!/usr/bin/perl

# A token bound to a client certificate (RFC 8705) is good over a connection
# that showed that certificate, and over no other.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256);
use MIME::Base64 qw(decode_base64 encode_base64url);
use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k');
$t->write_file('public.json', jwks($issuer));
$t->certificate;


# A certificate of the client's own making, as RFC 8705, section 2.2, has it.
sub certificate {
    my ($name) = @_;
    my $file = $t->dir . "/$name";

    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
        . " -nodes -days 2 -subj /CN=$name -keyout $file.key -out $file.crt"
        . " 2>>$file.log") == 0 or die "no certificate for $name\n";

    my ($body) = $t->read_file("$name.crt") =~ /-\n(.*)\n-/s;
    return { name => $name, print => encode_base64url(sha256(
        decode_base64($body))), with => ['--cert', "$file.crt", '--key',
        "$file.key"] };
}

my ($client, $other) = map { certificate($_) } qw(client other);

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/public.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8443%% ssl http2;
        ssl_certificate     %%CERT%%;
        ssl_certificate_key %%CERT_KEY%%;
        ssl_verify_client   optional_no_ca;

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8444%% ssl http2;
        ssl_certificate        %%CERT%%;
        ssl_certificate_key    %%CERT_KEY%%;
        ssl_verify_client      on;
        ssl_client_certificate %%DIR%%/client.crt;

        error_page 495 =495 /_problem;
        error_page 496 =496 /_problem;

        location = /_problem { internal; partner_problem; }

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub call_at {
    my ($port, $token, @with) = @_;
    my $r = $t->curl('--cacert', '%%CERT%%', @with, '-H',
        "Authorization: Bearer $token", "https://localhost:%%PORT_$port%%/");
    return $r->status == 200 ? 200 : $r->status . ' ' . $r->code;
}

sub call { return call_at(8443, @_) }

my $bound = $issuer->sign(claims(cnf => { 'x5t#S256' => $client->{print} }));
my $free = $issuer->sign(claims());

for my $time ('first', 'remembered') {
    is call($bound, @{$client->{with}}), 200, "its certificate, $time";
    is call($bound, '--http2', @{$client->{with}}), 200, 'over HTTP/2 as well';
    is call($bound, @{$other->{with}}), '401 certificate_mismatch',
        "another certificate, $time";
    is call($bound), '401 certificate_mismatch', "no certificate, $time";
}

is call($free, @{$other->{with}}), 200, 'a token that is not bound';
is call($free), 200, 'with and without a certificate';

is call($issuer->sign(claims(cnf => { 'x5t#S256' => $other->{print} })),
    @{$client->{with}}), '401 certificate_mismatch',
    'the owner of one certificate has not what is bound to another';

# Where nginx itself insists on a certificate of ours.
for my $version ('--http1.1', '--http2') {
    is call_at(8444, $bound, $version, @{$client->{with}}), 200,
        "$version: a certificate that nginx verified";
    is call_at(8444, $bound, $version), '400 certificate_required',
        "$version: none";
    is call_at(8444, $bound, $version, @{$other->{with}}),
        '400 certificate_rejected', "$version: one of nobody that it knows";
}

done_testing;
