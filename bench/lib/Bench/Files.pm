package Bench::Files;

# What the upstream answers with: documents of a size and a shape, in which one
# record in so many holds three personal values.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(@sizes @shapes documents);

our @sizes  = qw(1k 64k 1m);
our @shapes = qw(many few text numbers);

my %bytes = ('1k' => 1024, '64k' => 65536, '1m' => 1048576);

my %shape = (
    many    => [1,   \&_ride],
    few     => [100, \&_ride],
    text    => [100, \&_report],
    numbers => [100, \&_track],
);

# As long as the longest record and its rider.
my $record = 280;


# `64k` has many values to redact, `64k-text` is of that shape.
sub name {
    my ($size, $shape) = @_;
    return $shape eq 'many' ? $size : "$size-$shape";
}


# Name and text of each.
sub documents {
    return map { my $shape = $_;
        map { (name($_, $shape) => _document($_, $shape)) } @sizes } @shapes;
}


sub _document {
    my ($size, $shape) = @_;
    my ($each, $write) = @{$shape{$shape}};
    my $n    = 0;
    my $text = '{"data":[';

    do {
        $text .= ',' if $n;
        $text .= '{' . $write->($n) . ($n % $each ? '' : ',' . _rider($n))
            . '}';
        $n++;
    } while length($text) < $bytes{$size} - $record;

    return "$text]}";
}


sub _rider {
    my ($n) = @_;

    return sprintf('"rider":{"name":"Rider %d","email":"rider%d@example.org",'
        . '"phone":"+49 30 %07d"}', $n, $n, 1000000 + $n);
}


sub _ride {
    my ($n) = @_;

    return sprintf('"id":"ride_%06d","status":"completed",'
        . '"distanceMeters":%d,"fare":{"currency":"EUR","minorUnits":%d},'
        . '"pickup":{"lat":52.%d,"lon":13.%d},'
        . '"note":"picked up at the main entrance"',
        $n, 1000 + $n * 7, 900 + $n * 3, 500000 + $n, 400000 + $n);
}


# Sentences, with an escape and a letter beyond ASCII in each.
sub _report {
    my ($n) = @_;

    return sprintf('"title":"Report %d","text":"The rider waited at the '
        . "caf\xc3\xa9" . ' by the north exit, said \"thank you\" to the '
        . 'driver, and left on foot along the river."', $n);
}


sub _track {
    my ($n) = @_;

    return sprintf('"at":[52.%06d,13.%06d,%d],"speed":[%d,%d.%d,%d,0,-%d]',
        $n * 7919 % 1000000, $n * 104729 % 1000000, $n % 90, $n % 50, $n % 60,
        $n % 10, $n % 70, $n % 5 + 1);
}


1;
