#!/usr/bin/perl

# Against a database that `partnerd migrate` has not been to, every verb says
# so, and nothing leads until it has.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};

$postgres->query('CREATE DATABASE empty');
my @empty = ('--database', $postgres->conninfo('empty'));
my %verbs = (
    'operator-key' => ['operator-key'],
    'check audit' => ['check', 'audit'],
    'check peppers' => ['check', 'peppers'],
    'check subjects' => ['check', 'subjects'],
    'report' => ['report', '--partner', '0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11'],
);


sub says {
    my ($name, @options) = @_;

    for my $verb (sort keys %verbs) {
        my ($status, undef, $said) = $p->run(@{$verbs{$verb}}, @options);
        is $status, 1, "$verb: $name";
        like $said, qr/run partnerd migrate"/, 'and what to do is said';
    }
}


sub logged {
    my $log = 'partnerd/work.log';
    return -e "$t->{dir}/$log" ? $t->read_file($log) : '';
}


says('without tables', @empty);

$postgres->query("ALTER ROLE $_ RENAME TO ${_}_2")
    for qw(partner_serve partner_work);
says('without roles');
$postgres->query("ALTER ROLE ${_}_2 RENAME TO $_")
    for qw(partner_serve partner_work);

$p->work(@empty);
soon { logged() =~ /run partnerd migrate"/ }
    'so does work';
is((($p->run('migrate', @empty))[0]), 0, 'migrated');
soon { logged() =~ /"leading"/ } 'it leads then';

my $log = logged();
is scalar(() = $log =~ /run partnerd migrate/g), 1, 'it was said once';
unlike $log =~ s/"leading".*//sr, qr/sqlstate/,
    'and no statement failed before';

done_testing;
