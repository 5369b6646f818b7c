package Bench::Cell;

# One row: its load, and what each round of it cost.

use strict;
use warnings;

use Bench::Table qw(median);

my $seconds     = $ENV{SECONDS} || 2;
my $connections = $ENV{CONNECTIONS} || 32;


sub new {
    my ($class, %o) = @_;
    return bless { %o, us => [], rate => [] }, $class;
}


sub us { $_[0]{us} }
sub rate { $_[0]{rate} }


# One round: what wrk counted against what the kernel accounts.
sub measure {
    my ($self) = @_;
    my $pid = $self->{place}->worker($self->{server});

    my $before = _cpu_ns($pid);
    my ($requests, $rate) = $self->_load;
    my $spent = _cpu_ns($pid) - $before;

    push @{$self->{us}}, $spent / $requests / 1000;
    push @{$self->{rate}}, $rate;
}


# The median of the ratios to another cell, round by round.
sub ratio {
    my ($self, $base) = @_;
    return median(map { $self->{us}[$_] / $base->{us}[$_] }
        0 .. $#{$self->{us}});
}


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


1;
