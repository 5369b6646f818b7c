#!/usr/bin/perl

# The labelled corpora of personal data are what their generators write, and the
# proof finds a wrong label, a label that is missing, and a line that was lost.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;

my $folder = 'lua-free-tests/corpus';
my $dir = tempdir(CLEANUP => 1);

my $corpus = slurp("$folder/detectors.jsonl");

my ($status, $out) = proof($corpus);
is $status, 0, 'the corpus is sound' or diag $out;

my @counts = $out =~ /^(?:email|phone|card|iban|ssn|aadhaar|pan_in) +(\d+)$/mg;
is scalar(@counts), 7, 'seven classes';
is scalar(grep { $_ < 400 } @counts), 0, '400 values of each at least';

my ($without) = $out =~ /(\d+) without data/;
cmp_ok $without, '>=', 3000, 'lines without data';

# The last digit of a card, the label of an address, a line, the cue.
refused('a wrong check digit', qr/is no card/,
    sub { s/("text": "\D*4111 ?1111 ?1111 ?111)1/${1}2/ });
refused('a label that splits a value', qr/is no iban/,
    sub { s/(\d+)(, "iban"\])/($1 - 1) . $2/e });
refused('a value without a label', qr/email outside a span/,
    sub { s/\[\[\d+, \d+, "email"\]\]/[]/ });
refused('bare digits without a cue', qr/has no cue before it/,
    sub { s/"SSN \d{9}", "spans": .*/"123456789", "spans": [[0, 9, "ssn"]]}/ });
refused('a lost line', qr/is not what make-detectors writes/,
    sub { s/\A.*\n// });

my $second = `$folder/second/make-detectors2 --check 2>&1`;
is $? >> 8, 0, 'the second corpus is sound' or diag $second;

my $third = `$folder/third/make-third --check 2>&1`;
is $? >> 8, 0, 'the third corpus is sound' or diag $third;

my $fourth = `$folder/fourth/make-fourth --check 2>&1`;
is $? >> 8, 0, 'the fourth corpus is sound' or diag $fourth;

my $fifth = `$folder/fifth/make-fifth --check 2>&1`;
is $? >> 8, 0, 'the fifth corpus is sound' or diag $fifth;

done_testing;


sub refused {
    my ($name, $why, $spoil) = @_;

    local $_ = $corpus;
    $spoil->();
    ok $_ ne $corpus, "$name: spoilt";

    my ($status, $out) = proof($_);
    isnt $status, 0, "$name: refused";
    like $out, $why, "$name: and said so";
}


sub proof {
    my ($content) = @_;
    my $file = "$dir/spoilt.jsonl";

    open my $fh, '>:raw', $file or die "$file: $!";
    print $fh $content;
    close $fh or die "$file: $!";

    my $out = `$folder/make-detectors --check $file 2>&1`;
    return ($? >> 8, $out);
}


sub slurp {
    my ($file) = @_;

    open my $fh, '<:raw', $file or die "$file: $!";
    local $/;
    return scalar <$fh>;
}
