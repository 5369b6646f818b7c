package Bench::Table;

# The result for people.

use strict;
use warnings;

use Exporter qw(import);

our @EXPORT_OK = qw(median);


sub median {
    my @sorted = sort { $a <=> $b } @_;
    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}


sub show {
    my ($rows, $cell, $instructions) = @_;

    printf "%-18s %10s %10s %10s %14s\n", '', 'CPU us', 'ratio', 'req/s',
        'instructions';

    for (@$rows) {
        my ($name, $base) = @$_[0, 4];
        my $c = $cell->{$name};

        printf "%-18s %10.2f %10s %10d %14s\n", $name, median(@{$c->us}),
            $base ? sprintf('%.3f', $c->ratio) : '',
            median(@{$c->rate}), $instructions->{$name} // '';
    }
}


1;
