#!/usr/bin/perl

# The endpoints that were asked for, the contract, what serves them, their tests
# and their docs are one list: take any one of them out of any of these, and a
# check names it.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $services = 'upstream-services';
my $json = JSON::PP->new->utf8->canonical;
my %asked = (partners => 13, applications => 12, keys => 6);


sub ours { return $t->read_file("$ENV{PWD}/$_[0]") }


# Method and path of each, whatever its parameters are called.
my @endpoints = ours('tools/lint/endpoints') =~ m{^(\w+ +/\S+)$}mg;
s/ +/ /, s/:\w+/:/g for @endpoints;

for my $resource (sort keys %asked) {
    is scalar(grep { m{^\w+ /api/$resource(?:/|$)} } @endpoints),
        $asked{$resource}, "all endpoints of $resource are asked for";
}

my $paths = $p->request('GET', '/api/openapi.json',
    as => { partner => undef })->json->{paths};
my %operation;

for my $path (keys %$paths) {
    (my $plain = $path) =~ s/\{\w+\}/:/g;
    $operation{uc($_) . " $plain"} = $paths->{$path}{$_}{operationId}
        for grep { $_ ne 'parameters' } keys %{$paths->{$path}};
}

my @ids = map { $operation{$_} // "none for $_" } @endpoints;
is scalar(grep { /^none/ } @ids), 0, 'the contract has each' or diag "@ids";

# ---- what the lint says ----

my $tree = "$t->{dir}/tree";
my @parts = ('ngx_partner_module', 'docs', 'conf', "$services/contract",
    "$services/partnerd", "$services/sql", 'libpartner', 'tools/lint');
my @files = (map({ grep { -f } glob("$_/*"), glob("$_/*/*") } @parts),
    't/platform_operations.t');

$t->write_file("tree/$_", ours($_)) for @files;


sub lint {
    my $said = `$ENV{PWD}/tools/lint/check-parity '$tree' 2>&1`;
    return ($?, $said);
}


# Each of them is named once its pattern is changed to nothing in this file.
sub missed {
    my ($file, $pattern, $message) = @_;
    my $text = ours($file);

    for my $n (0 .. $#endpoints) {
        my $one = $pattern->($n);
        $text =~ s/$one//g or fail("$file: $one is not there");
    }

    $t->write_file("tree/$file", $text);
    my ($status, $said) = lint();
    $t->write_file("tree/$file", ours($file));

    isnt $status, 0, "$file: refused";
    is_deeply [grep { $said !~ $message->($_) } 0 .. $#endpoints], [],
        "$file: each that is missing is named" or diag $said;
}


is((lint())[0], 0, 'the lint passes') or diag((lint())[1]);

missed('t/platform_operations.t', sub { qr/^    '\Q$ids[$_[0]]\E' =>/m },
    sub { qr/operations\.t: operation '\Q$ids[$_[0]]\E' is missing/ });
missed('docs/api.md', sub { qr/`\Q$ids[$_[0]]\E`/ },
    sub { qr/api\.md: operation '\Q$ids[$_[0]]\E' is missing/ });

for my $file (map { "$services/contract/$_.json" } sort keys %asked) {
    my $contract = $json->decode(ours($file));
    $contract->{paths} = {};
    $t->write_file("tree/$file", $json->encode($contract));
}

my (undef, $said) = lint();
(my $plain = $said) =~ s/:\w+/:/g;
is_deeply [grep { $plain !~ /contract: \Q$_\E is missing/ } @endpoints], [],
    'each that the contract lacks is named' or diag $said;

# ---- what partnerd says ----

for my $id (@ids) {
    my ($resource) = split /\./, $id;
    my $file = "$services/sql/queries/$resource.sql";
    my $text = ours($file) =~ s/^-- name: \Q$id\E(?: scan)?$/-- name: _none/mr;

    $t->write_file("sql/queries/$_", ours("$services/sql/queries/$_"))
        for map { basename($_) } glob("$services/sql/queries/*.sql");
    $t->write_file("sql/queries/$resource.sql", $text);

    like +($p->run('check', '--database', '', '--sql', "$t->{dir}/sql"))[2],
        qr/operation \Q$id\E needs a statement/, "nothing serves $id: said";
}

done_testing;
