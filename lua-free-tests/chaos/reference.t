#!/usr/bin/perl

# Generated documents, redacted at every split by libpartner and once by a
# reference that copies tokens: the same bytes.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $documents = $ENV{CHAOS} ? 100_000 : 1_000;
my $seed = $ENV{SEED} || 1;

my $t = Partner::Test->new;
my $script = $t->top . '/lua-free-tests/reference/compare.mjs';


sub compare {
    my ($redactor, $n) = @_;
    my $said = `node $script $redactor $n $seed 2>&1`;
    return ($?, $said);
}

my ($status, $said) = compare(Partner::Test::build() . '/redactor',
    $documents);
is $status, 0, 'no document is redacted otherwise' or diag $said;
note $said;

# The control: a redactor that lets everything pass.

my $lax = $t->write_file('lax', <<'EOS');
#!/usr/bin/perl
while (my $line = <STDIN>) {
    my ($n) = $line =~ /"length":(\d+)/ or die "no length\n";
    my $text = '';
    read STDIN, $text, $n;
    print "good 0 $n\n$text";
}
EOS
chmod(0755, $lax);

($status, $said) = compare($lax, 100);
isnt $status, 0, 'a redactor that lets all pass fails';
like $said, qr/0 redactions, the reference has [1-9]/, 'and is shown up';

done_testing;
