package Partner::Load;

# The load of lua-free-tests/chaos/load: many calls, and an exact count of what
# became of each.

use strict;
use warnings;

use Carp qw(croak);
use JSON::PP ();

use Partner::Process;
use Partner::Test ();

use constant LIMIT => 900; # seconds; an experiment ends by itself

my $loads = 0;


# Begins `calls` over `connections` kept connections to `port`.  `keys` is a
# list, taken in turn; without it every call has an unknown key of its own.
# `flight` is how many calls are under way at once, one a connection without it;
# `rate` is calls a second, `seconds` how long at most; `trace` and `lost` are
# files; `body` is JSON, and `method` GET, or POST where there is one.  One that
# is `busy` never sleeps, so that it begins its calls when they are due.
sub start {
    my ($class, $t, %o) = @_;

    my $file = $t->dir . '/load' . ++$loads;
    my @argv = (Partner::Test::build() . '/load', '-p', $o{port},
        '-u', $o{uri} // '/', '-c', $o{connections} // 32,
        '-n', $o{calls} // 1_000_000_000, '-s', $o{seconds} // LIMIT,
        '-x', $loads);

    push @argv, '-r', $o{rate} if $o{rate};
    push @argv, '-f', $o{flight} if $o{flight};
    push @argv, '-t', $o{trace} if $o{trace};
    push @argv, '-l', $o{lost} if $o{lost};
    push @argv, '-m', $o{method} if $o{method};
    push @argv, '-d', $o{body} if defined $o{body};
    push @argv, '-y' if $o{busy};

    if ($o{keys}) {
        open(my $fh, '>', "$file.keys") or croak "$file.keys: $!";
        print $fh "$_\n" for @{$o{keys}};
        close($fh) or croak "$file.keys: $!";
        push @argv, '-k', "$file.keys";
    }

    my $process = Partner::Process->start(name => 'load', argv => \@argv,
        dir => $t->dir, log => "$file.log");

    return bless { process => $process, log => "$file.log" }, $class;
}


sub running { $_[0]{process}->running }


# Waits for the end, and gives the tally: calls, status => count, retried,
# dropped and why, unanswered, open, elapsed_us, p50_us, p99_us; late_p50_us and
# late_p99_us say by how much the load itself began its calls later than they
# were due.
sub tally {
    my ($self) = @_;

    Partner::Process::wait_until(sub { !$self->running }, LIMIT + 60)
        or croak 'the load does not end';

    my $said = do { local (@ARGV, $/) = ($self->{log}); <> };
    my $tally = eval { JSON::PP->new->decode($said) };
    croak "the load failed: $said" unless $tally && !$self->{process}->status;

    return $tally;
}


# A line for people.
sub line {
    my ($tally) = @_;

    my $status = join(', ', map { "$tally->{status}{$_} x $_" }
        sort keys %{$tally->{status}});

    return sprintf('%d calls in %.1f s: %s; %d asked again, %d dropped; '
        . 'p50 %.1f ms, p99 %.1f ms; begun late by %.2f and %.2f ms',
        $tally->{calls},
        $tally->{elapsed_us} / 1e6, $status, $tally->{retried},
        $tally->{dropped}, $tally->{p50_us} / 1e3, $tally->{p99_us} / 1e3,
        $tally->{late_p50_us} / 1e3, $tally->{late_p99_us} / 1e3);
}


1;
