package Bench::Cell;

# One row: its load, and what each round of it cost.  A row with a file of
# tokens takes each call's from there, in turn; wrk cannot, the project's own
# load can.

use strict;
use warnings;

use JSON::PP ();

use Bench::Table qw(median);
use Partner::Host;
use Partner::Http;

use constant TRIES => 4;

my $seconds     = $ENV{SECONDS} || 2;
my $connections = $ENV{CONNECTIONS} || 32;


sub new {
    my ($class, %o) = @_;
    return bless { %o, us => [], beside => [], rate => [], bare => [],
        stolen => [] }, $class;
}


sub us { $_[0]{us} }
sub rate { $_[0]{rate} }
sub bare { $_[0]{bare} }

# The share of the processors' time that the host took for others.
sub stolen { $_[0]{stolen} }


# One round: what it is compared with first, and itself at once behind it, since
# what a core does in a microsecond changes from one second to the next.  Of
# several tries the one counts that the host disturbed least.
sub measure {
    my ($self) = @_;
    my $base = $self->{base};

    my ($figures, $stolen) = Partner::Host::undisturbed(TRIES, sub {
        my $beside = $base && $base->_try->{us};
        return { %{$self->_try}, beside => $beside };
    });

    push @{$self->{$_}}, $figures->{$_} for keys %$figures;
    push @{$self->{stolen}}, $stolen;
}


# What wrk counted against what the kernel accounts.
sub _try {
    my ($self) = @_;
    my $pid = $self->{place}->worker($self->{server});
    my $verified = $self->_verified;

    my $before = _cpu_ns($pid);
    my ($requests, $rate, $bare) = $self->{tokens} ? $self->_walk
        : $self->_load;
    my $spent = _cpu_ns($pid) - $before;

    $verified = $self->_verified - $verified;
    die "$self->{uri}: of $requests tokens $verified were verified\n"
        if $verified != ($self->{new} ? $requests : 0) && $self->{tokens};

    return { us => $spent / $requests / 1000, rate => $rate,
        bare => $bare };
}


# The median of what `of` makes of each round's microseconds: its own, those of
# the base, and those of a bare verification.
sub each_round {
    my ($self, $of) = @_;
    return median(map { $of->($self->{us}[$_], $self->{beside}[$_],
        $self->{bare}[$_]) } 0 .. $#{$self->{us}});
}


sub ratio { $_[0]->each_round(sub { $_[0] / $_[1] }) }


# Time on a processor, in nanoseconds.
sub _cpu_ns {
    my ($pid) = @_;

    open(my $fh, '<', "/proc/$pid/schedstat") or die "pid $pid: $!\n";
    return (split ' ', <$fh>)[0];
}


sub _load {
    my ($self) = @_;
    my $port = $self->{place}->port($self->{server});

    open(my $fh, '-|', 'taskset', '-c', 1, 'wrk', '-t1', "-c$connections",
        "-d${seconds}s", '-H', "Authorization: Bearer $self->{key}",
        "http://127.0.0.1:$port$self->{uri}")
        or die "wrk: $!\n";
    my $text = do { local $/; <$fh> };
    close($fh) or die "wrk failed: $text\n";

    die "$self->{uri}: not every answer was 2xx:\n$text\n"
        if $text =~ /Non-2xx|Socket errors/;

    my ($requests) = $text =~ /(\d+) requests in/;
    my ($rate) = $text =~ m{Requests/sec:\s+([\d.]+)};
    return ($requests, $rate);
}


# Calls with the tokens of the file.  Beside them OpenSSL alone verifies such
# tokens on the same core.  The load does not sleep, else a slower gateway would
# pay for waking it more often.
sub _walk {
    my ($self) = @_;
    my $place = $self->{place};
    my $bare = $place->bare($self->{new} || 'RS256', 0, $seconds);

    open(my $fh, '-|', 'taskset', '-c', 1, "$place->{top}/build/load",
        '-p', $place->port($self->{server}), '-u', $self->{uri},
        '-c', $connections, '-y', '-s', $seconds, '-n', 1_000_000_000,
        '-k', $place->tokens($self->{tokens}), '-b', $self->{walked} // 0)
        or die "load: $!\n";
    my $tally = JSON::PP::decode_json(do { local $/; <$fh> });
    close($fh) or die "load failed\n";
    my $alone = <$bare> + 0;
    close($bare) or die "verify failed\n";

    my $n = $tally->{calls};
    $self->{walked} = (($self->{walked} // 0) + $n) % $place->how_many;

    die "$self->{tokens}: not every answer was 200\n"
        if $n == 0 || ($tally->{status}{200} // 0) != $n;

    return ($n, $n / $tally->{elapsed_us} * 1e6, $alone);
}


# Those that are to be new have to be.
sub _verified {
    my ($self) = @_;
    return 0 unless $self->{tokens};

    my $page = Partner::Http::once($self->{place}->port($self->{server}),
        'GET', '/metrics')->body;

    return $page =~ /^partner_tokens_verified_total (\d+)/m ? $1
        : die "no partner_tokens_verified_total\n";
}


1;
