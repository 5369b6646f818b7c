#!/usr/bin/perl

# Tokens judged by libpartner and by jose: what the one accepts the other does.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $tokens = $ENV{CHAOS} ? 200_000 : 1_500;
my $seed = $ENV{SEED} || 1;

my $t = Partner::Test->new;
my $script = $t->top . '/lua-free-tests/interop/differential.mjs';

$ENV{NODE_PATH} = '/usr/share/nodejs';


# Each process has cases of its own: signing them takes most of the time.
sub differ {
    my ($judge, $n, $processes) = @_;
    my ($status, $said) = (0, '');

    my @running = map {
        my $dir = $t->dir . "/part$_";
        mkdir($dir);
        open(my $fh, '-|', "node $script $judge $dir "
            . int($n / $processes) . ' ' . ($seed + 2 * $_) . ' 2>&1')
            or die "node: $!\n";
        $fh;
    } 0 .. $processes - 1;

    for my $fh (@running) {
        $said .= do { local $/; <$fh> };
        close($fh) or $status ||= $? || -1;
    }

    return ($status, $said);
}

my ($status, $said) = differ(Partner::Test::build() . '/judge', $tokens,
    $ENV{CHAOS} ? 2 : 1);
is $status, 0, 'no token is judged otherwise' or diag $said;
$ENV{CHAOS} ? diag($said) : note($said);

# The control: a judge that likes everything.

my $gullible = $t->write_file('gullible', "#!/usr/bin/perl\n"
    . "\$| = 1; print \"good\\n\" while <STDIN>;\n");
chmod(0755, $gullible);

($status, $said) = differ($gullible, 100, 1);
isnt $status, 0, 'a judge that accepts all tokens fails';
like $said, qr/libpartner says good, jose ERR_/, 'and what it liked is shown';

done_testing;
