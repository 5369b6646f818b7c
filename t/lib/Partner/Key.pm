package Partner::Key;

# API keys and static registries for tests, written without libpartner, so
# that each side checks the other.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use JSON::PP ();

our @EXPORT_OK = qw(new_key key_digest registry);

my @digits = ('0' .. '9', 'A' .. 'Z', 'a' .. 'z');


# A well-formed key: sk_, 43 digits, 6 digits of CRC-32 over all before.
sub new_key {
    my $key = 'sk_' . join('', map { $digits[rand @digits] } 1 .. 43);
    my $crc = _crc32($key);
    my $tail = '';

    for (1 .. 6) {
        $tail = $digits[$crc % 62] . $tail;
        $crc = int($crc / 62);
    }

    return $key . $tail;
}


sub _crc32 {
    my ($text) = @_;
    my $crc = 0xffffffff;

    for my $byte (unpack('C*', $text)) {
        $crc ^= $byte;
        $crc = $crc & 1 ? $crc >> 1 ^ 0xedb88320 : $crc >> 1 for 1 .. 8;
    }

    return $crc ^ 0xffffffff;
}


sub key_digest { return sha256_hex($_[0]) }


# The text of a registry: pairs of a key and what differs from an active gold
# key of partner p1 that may read rides.
sub registry {
    my @pairs = @_;
    my @entries;
    my $n = 0;

    while (my ($key, $principal) = splice(@pairs, 0, 2)) {
        $n++;
        push @entries, {
            sha256 => key_digest($key), id => "key_$n", partnerId => 'p1',
            tier => 'gold', scopes => ['read:rides'], %{$principal || {}}
        };
    }

    return JSON::PP->new->canonical->pretty->encode({ keys => \@entries });
}


1;
