#!/usr/bin/perl

# What partnerd has in memory is its own: other processes of its user cannot
# read it, and no core file has it, unless it is told otherwise.

use strict;
use warnings;
use lib 't/lib';

use File::Copy qw(copy);
use File::Find qw(find);
use Partner::Test;
use Test::More;

my @user = $> == 0 ? (getpwnam('nobody'))[2, 3] : ($>, $) + 0);
my @as = $> == 0 ? ('setpriv', "--reuid=$user[0]", "--regid=$user[1]",
    '--clear-groups', '--') : ();
system(@as, 'test', '-r', 'upstream-services/sql/schema.sql') == 0
    or plan skip_all => 'the checkout is closed to others';

my $t = Partner::Test->new;
my $p = $t->partnerd;
$p->{$_}->stop for qw(serve work);

# To root all memory is open, so it is somebody else's process.
if ($> == 0) {
    copy($p->{binary}, "$t->{dir}/partnerd.copy") or die "copy: $!\n";
    $p->{binary} = "$t->{dir}/partnerd.copy";
    chmod(0755, $p->{binary});
    find(sub { chown(@user, $_) or die "$_: $!\n" }, $p->{dir},
        $p->{environment}{PARTNERD_SUBJECT_KEYS},
        $p->{environment}{PARTNERD_MASTER_KEY});
    $p->{under} = \@as;
}


# The kernel gives what must not be read to root.
sub owner {
    my ($verb) = @_;
    return (stat('/proc/' . $p->{$verb}->pid . '/mem'))[4];
}


# It takes part: it is the verb by now, and no more what began it.
sub begun {
    my ($verb, @options) = @_;
    unlink("$p->{dir}/$verb.log");
    $p->$verb(@options);
    return soon { -s "$p->{dir}/$verb.log" } "$verb has begun";
}


for my $verb (qw(serve work)) {
    begun($verb);
    is owner($verb), 0, "memory of $verb is closed";
    $p->{$verb}->stop;

    begun($verb, '--dumpable', 1);
    is owner($verb), $user[0], 'and open where that is wanted';
    $p->{$verb}->stop;
}

done_testing;
