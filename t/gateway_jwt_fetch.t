#!/usr/bin/perl

# Where keys come from, and who waits for them: an issuer is believed only with
# a certificate of the authority that the location names, and no more than
# waiting= calls of a worker wait.

use strict;
use warnings;
use lib 't/lib';

use IO::Select;
use Partner::Http;
use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $key = Partner::Jwt->new($t->dir, 'ES256', 'k');
my $hold = $t->dir . '/hold';
my $keys = jwks($key);

$t->upstream(sub {
    Partner::Process::wait_until(sub { !-e $hold });
    return Partner::Upstream::answer($_[0], 200, $keys);
}, 'issuer');


sub openssl {
    my ($command) = @_;
    my $dir = $t->dir;
    system("cd $dir && openssl $command 2>>openssl.log") == 0
        or die "openssl $command: " . $t->read_file('openssl.log');
}


# An authority, and what it says of somebody.
sub certify {
    my ($ca, $file, $name) = @_;
    my $new = 'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';

    openssl("$new -x509 -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.crt")
        unless -e $t->dir . "/$ca.crt";
    openssl("$new -subj /CN=$name -addext subjectAltName=DNS:$name"
        . " -keyout $file.key -out $file.csr");
    openssl("x509 -req -in $file.csr -CA $ca.crt -CAkey $ca.key -days 2"
        . " -copy_extensions copy -out $file.crt");
}

certify('ours', 'good', 'issuer.example');
certify('ours', 'else', 'else.example');
certify('theirs', 'forged', 'issuer.example');

my @kinds = qw(good else forged);
$t->define(ISSUERS => join("\n", map { "partner_jwt issuer=https://$_.example"
    . " audience=gateway partner=partner jwks=/_$_;" } @kinds),
    PLACES => join("\n", map { "location = /_$_ { internal;
        proxy_pass https://127.0.0.1:" . $t->port($_) . ";
        proxy_ssl_server_name on; proxy_ssl_name issuer.example;
        proxy_ssl_verify on;
        proxy_ssl_trusted_certificate " . $t->dir . "/ours.crt; }" } @kinds),
    SERVERS => join("\n", map { "server { listen 127.0.0.1:" . $t->port($_)
        . " ssl; ssl_certificate " . $t->dir . "/$_.crt;
        ssl_certificate_key " . $t->dir . "/$_.key;
        location / { proxy_pass http://%%ISSUER%%:/keys; } }" } @kinds));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;

    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner waiting=4;
    %%ISSUERS%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_keys { internal; proxy_pass http://%%ISSUER%%:/keys; }
        %%PLACES%%
    }

    %%SERVERS%%

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub said {
    my ($r) = @_;
    return $r->status == 200 ? 200 : $r->code;
}


sub token { return $key->sign(claims(@_)) }

for (['good', 200, 'of the authority that the location names'],
    ['forged', 'issuer_keys_unavailable', 'of another authority'],
    ['else', 'issuer_keys_unavailable', 'of that one, for somebody else'])
{
    my ($kind, $said, $name) = @$_;
    is said($t->get_as(token(iss => "https://$kind.example"), '/')), $said,
        "an issuer with a certificate $name";
}

like $nginx->error_log, qr/upstream SSL certificate verify error/,
    'the log says that it is not verified';
like $nginx->error_log, qr/upstream SSL certificate does not match "issuer/,
    'and that it is not its own';

# Ten calls for keys that do not come.

$t->write_file('hold', '');
my $token = token();
my @calls = map {
    my $c = $t->connect;
    $c->send(Partner::Http::format_request('GET', '/', headers =>
        { Authorization => "Bearer $token" }));
    $c;
} 1 .. 10;

my $select = IO::Select->new(map { $_->socket } @calls);
my (%seen, %answered);
soon { %answered = map { $_ => 1 } $select->can_read(0); keys %answered >= 6 }
    'six of ten calls are answered';

$seen{said($_->response)}++ for grep { $answered{$_->socket} } @calls;
is_deeply \%seen, { issuer_keys_unavailable => 6 }, 'that they cannot wait';

unlink($hold);
$seen{said($_->response)}++ for grep { !$answered{$_->socket} } @calls;
is $seen{200}, 4, 'four wait, and get them';

done_testing;
