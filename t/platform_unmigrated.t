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
my $services = "$ENV{PWD}/upstream-services";

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


# ---- half of it ----

my @half = ('--database', $postgres->conninfo('half'));
my $next = "$t->{dir}/next";
$t->write_file("next/$_", $t->read_file("$services/sql/$_"))
    for map { s{^\Q$services/sql/\E}{}r }
    map { glob("$services/sql/$_/*") } qw(queries migrations);
$t->write_file('next/migrations/9000_next.sql', "SELECT 1;\n");

sub migrated {
    is((($p->run('migrate', @half, @_))[0]), 0, "migrated: @_");
}


# Each is there for as long as it takes to be refused, and then some.
sub waits {
    my ($number, @options) = @_;

    $p->{work}->stop;
    unlink("$t->{dir}/partnerd/work.log");
    $p->work(@half, @options);
    soon { logged() =~ /lacks migration $number of this version: run/ }
        "without $number it waits, and says so";
    unlike logged(), qr/"leading"|sqlstate/, 'and does nothing else';
}


$postgres->query('CREATE DATABASE half');
migrated('--to', 42);
waits('9000', '--sql', $next);
migrated();
waits('9000', '--sql', $next);
migrated('--sql', $next);
soon { logged() =~ /"leading"/ } 'it leads as soon as all is there';
$log = logged();
is scalar(() = $log =~ /run partnerd migrate/g), 1, 'it was said once';

$p->{work}->stop;
unlink("$t->{dir}/partnerd/work.log");
$p->work(@half);
soon { logged() =~ /"leading"/ } 'a version before leads on the newer schema';

done_testing;
