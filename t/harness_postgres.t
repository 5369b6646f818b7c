#!/usr/bin/perl

# A private PostgreSQL starts, answers, and is gone at the end.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $postgres = $t->postgres;

is $postgres->query('SELECT 1 + 1'), '2', 'a query';
is $postgres->query("SELECT 'a', 2 UNION ALL SELECT 'b', 3"), "a|2\nb|3",
    'rows and columns';
is $postgres->query('SHOW listen_addresses'), '', 'no port is open';

$postgres->query('CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
$postgres->stop;
$postgres->start;
is $postgres->query('SELECT n FROM kept'), '7', 'data outlive a restart';

done_testing;
