#!/usr/bin/perl

# The numbers of lp_overload at half and at twice what they are: which promises
# test_lp_overload then finds broken.  As they are, none.
#
# The short version tries the numbers as they are alone.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my @numbers = $ENV{CHAOS} ? (
    ['LP_WINDOW', 32, 128],
    ['LP_WINDOW_TIME', 500000, 2000000],
    ['LP_OVERLOAD_SHARE', 90, 98],
    ['LP_OVERLOAD_FRESH', 0.25, 0.75],
    ['LP_OVERLOAD_KEPT', 0.5, 0.875],
    ['LP_OVERLOAD_FADED', '7.0/8', '31.0/32'],
    ['LP_OVERLOAD_PARTS', 'LP_TIERS', '(LP_TIERS+2)'],
    ['LP_SILENCE_CALLS', 1, 6],
) : ();

my $t = Partner::Test->new;
my $program = $t->dir . '/overload';


# The promises that are broken with those definitions.
sub broken {
    my @command = (qw(cc -O2 -Ilibpartner -Ilua-free-tests/unit),
        (map { "-D$_" } @_), 'lua-free-tests/unit/test_lp_overload.c',
        (map { "libpartner/lp_$_.c" } qw(overload window silence)),
        '-lcmocka', '-o', $program);

    system(@command) == 0 or die "@command: $?";
    open(my $fh, '-|', "$program 2>&1") or die "$program: $!";
    my %broken = map { /FAILED +\] (test_\w+)/ ? ($1 => 1) : () } <$fh>;
    return sort keys %broken;
}


is join(' ', broken()), '', 'as they are';

for my $number (@numbers) {
    my ($name, @values) = @$number;
    my %broken = map { $_ => join(' ', broken("$name=$_")) } @values;
    diag sprintf('%-18s %-14s %s', $name, $_, $broken{$_} || 'all is kept')
        for @values;
    ok scalar(keys %broken), "$name was tried";
}

done_testing;
