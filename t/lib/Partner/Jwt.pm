package Partner::Jwt;

# An issuer's key and the tokens it signs, by the openssl command: none of it
# is the gateway's own code.

use strict;
use warnings;

use Carp qw(croak);
use Digest::SHA qw(hmac_sha256 hmac_sha384 hmac_sha512);
use Exporter qw(import);
use JSON::PP ();
use MIME::Base64 qw(encode_base64url);

our @EXPORT_OK = qw(claims jwks);

my $json = JSON::PP->new->canonical;

my %curve = (ES256 => ['P-256', 32], ES384 => ['P-384', 48],
    ES512 => ['P-521', 66]);
my %hmac = (HS256 => \&hmac_sha256, HS384 => \&hmac_sha384,
    HS512 => \&hmac_sha512);

my $n = 0;


# A new key for the algorithm in a directory that the test removes.
sub new {
    my ($class, $dir, $alg, $kid) = @_;

    my $self = bless { alg => $alg, kid => $kid, dir => $dir,
        file => "$dir/jwt_key_" . ++$n . '.pem' }, $class;

    if ($alg =~ /^HS/) {
        $self->{secret} = join('', map { chr(rand 256) } 1 .. 64);
        return $self;
    }

    my $kind = $alg =~ /^[RP]S/ ? '-algorithm RSA -pkeyopt rsa_keygen_bits:2048'
        : $alg eq 'EdDSA' ? '-algorithm ED25519'
        : "-algorithm EC -pkeyopt ec_paramgen_curve:$curve{$alg}[0]";
    _run("openssl genpkey $kind -out $self->{file}");

    return $self;
}


# So many long public keys, quick to make, for which nobody can sign.
sub strangers {
    my ($class, $n) = @_;

    return map { bless { alg => 'RS256', kid => "stranger-$_", modulus =>
        pack('C*', 0xc0, (map { rand 256 } 1 .. 254), 1 | rand 256) }, $class }
        1 .. $n;
}


# What the issuer publishes; `more` are further members.
sub jwk {
    my ($self, %more) = @_;

    my %key = (kid => $self->{kid}, alg => $self->{alg}, use => 'sig');
    delete $key{kid} unless defined $key{kid};

    return { %key, %{$self->_material}, %more };
}


sub jwks { return $json->encode({ keys => [map { $_->jwk } @_] }) }


# Claims that the tests' configurations accept, and what differs.
sub claims {
    my $now = time();

    return {
        iss => 'https://issuer.example', aud => 'gateway', sub => 'user',
        client_id => 'client_1', partner => 'p1', exp => $now + 600,
        iat => $now, jti => 'id_' . ++$n, scope => 'read:rides', @_
    };
}


# A token of these claims, or of this text.
sub sign {
    my ($self, $claims, %header) = @_;

    my %all = (alg => $self->{alg}, typ => 'JWT',
        defined $self->{kid} ? (kid => $self->{kid}) : (), %header);
    my $text = ref $claims ? $json->encode($claims) : $claims;

    return $self->sign_text($json->encode(\%all), $text);
}


sub sign_text {
    my ($self, $header, $payload) = @_;
    my $input = encode_base64url($header) . '.' . encode_base64url($payload);

    return "$input." . encode_base64url($self->signature($input));
}


# A token of a header of its own, with what others signed.
sub jws_of {
    my ($header, $payload, $signature) = @_;
    return join('.', encode_base64url($header), $payload, $signature);
}


sub signature {
    my ($self, $input) = @_;
    my $alg = $self->{alg};

    return $hmac{$alg}->($input, $self->{secret}) if $hmac{$alg};

    open(my $fh, '>', "$self->{file}.in") or croak "$self->{file}.in: $!";
    print $fh $input;
    close($fh);

    return _run("openssl pkeyutl -sign -inkey $self->{file} -rawin"
        . " -in $self->{file}.in") if $alg eq 'EdDSA';

    my ($bits) = $alg =~ /(\d+)/;
    my $padding = $alg =~ /^PS/ ? ' -sigopt rsa_padding_mode:pss'
        . ' -sigopt rsa_pss_saltlen:digest' : '';
    my $signature = _run("openssl dgst -sha$bits -sign $self->{file}$padding"
        . " $self->{file}.in");

    return $curve{$alg} ? _raw($signature, $curve{$alg}[1]) : $signature;
}


sub _material {
    my ($self) = @_;
    my $alg = $self->{alg};

    return { kty => 'oct', k => encode_base64url($self->{secret}) }
        if $hmac{$alg};

    return { kty => 'RSA', n => encode_base64url($self->{modulus}),
        e => 'AQAB' } if $self->{modulus};

    if ($alg =~ /^[RP]S/) {
        my ($hex) = _run("openssl rsa -modulus -noout -in $self->{file}")
            =~ /=([0-9A-F]+)/;
        return { kty => 'RSA', n => encode_base64url(pack('H*', $hex)),
            e => 'AQAB' };
    }

    my $der = _run("openssl pkey -pubout -outform DER -in $self->{file}");

    return { kty => 'OKP', crv => 'Ed25519',
        x => encode_base64url(substr($der, -32)) } if $alg eq 'EdDSA';

    my ($name, $size) = @{$curve{$alg}};
    return { kty => 'EC', crv => $name,
        x => encode_base64url(substr($der, -2 * $size, $size)),
        y => encode_base64url(substr($der, -$size)) };
}


# The two numbers of a DER signature, side by side.
sub _raw {
    my ($der, $size) = @_;
    my $at = ord(substr($der, 1, 1)) > 0x80 ? 3 : 2;
    my $raw = '';

    for (1 .. 2) {
        my $len = ord(substr($der, $at + 1, 1));
        (my $number = substr($der, $at + 2, $len)) =~ s/^\0+//;
        $raw .= ("\0" x ($size - length $number)) . $number;
        $at += 2 + $len;
    }

    return $raw;
}


sub _run {
    my ($command) = @_;
    my $out = `$command 2>/dev/null`;

    croak "failed: $command" if $? != 0;
    return $out;
}


1;
