#!/usr/bin/perl

# What bench/platform measures works: each of its calls, and beside it the
# statement under pgbench, which has to bind what partnerd binds.

use strict;
use warnings;

use Cwd qw(getcwd);
use lib qw(t/lib bench/lib);

use Bench::Pgbench;
use Bench::Platform;
use Partner::Test;
use Test::More;

my $place = Bench::Platform->new(getcwd());

for my $row ($place->rows) {
    my ($name, $uri, $body, $statement, $values) = @$row;

    like $place->status($uri, $body), qr/^2/, "$name: the API";
    ok eval { Bench::Pgbench::once($place, $statement, $values) },
        "$name: $statement under pgbench" or diag $@;
}

is $place->{p}{postgres}->query("SELECT string_agg(DISTINCT actor, ' ')
    FROM partner.audit WHERE resource = 'contacts'"), $place->client,
    'both write as the same caller';

my (undef, undef, undef, $statement, $values) = @{($place->rows)[-1]};
ok !eval { Bench::Pgbench::once($place, $statement,
    { %$values, 'key.pepper' => undef }) },
    'a statement that is not bound whole is refused';
like $@, qr/"pepper"/, 'and says what is missing';

done_testing;
