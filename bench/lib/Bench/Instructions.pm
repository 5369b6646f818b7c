package Bench::Instructions;

# Instructions in user space per request, by callgrind.  A short run is
# subtracted from a longer one, which leaves out starting, stopping and first
# touches.  What timers do is left out as well: it goes by the clock, and under
# valgrind a request takes long enough for many of them.

use strict;
use warnings;

use Partner::Http;

use constant TIMERS => 'ngx_event_expire_timers';

my @requests = (500, 1500);


# Takes name => [server, uri, key, or a list of which each request takes the
# next]; gives name => number.
sub count {
    my ($place, %cells) = @_;
    return { map { $_ => _difference(sub {
        my ($total, $inside) = @_;
        return $total - $inside->(TIMERS);
    }, $place, $_, @{$cells{$_}}) } sort keys %cells };
}


# Of one function, with all that it calls.
sub inside {
    my ($place, $function, @cell) = @_;
    return _difference(sub { $_[1]->($function) }, $place, $function, @cell);
}


# `take` gets the total, and a function that gives what one has cost.
sub _difference {
    my ($take, $place, $name, @cell) = @_;
    my ($few, $many) = map { $take->(_profile($place, $name, $_, @cell)) }
        @requests;
    return int(($many - $few) / ($requests[1] - $requests[0]));
}


sub _profile {
    my ($place, $name, $n, $kind, $uri, $key) = @_;

    my $server = "callgrind_$kind";
    my $file   = $place->file('callgrind.out');
    my $nginx  = $place->start($kind, name => $server,
        processes => 'master_process off;', keys => 'key.json',
        under => ['valgrind', '-q', '--tool=callgrind',
            "--callgrind-out-file=$file"]);
    my @keys = ref $key ? @$key : $key;
    my $http = Partner::Http->new($place->port($server), timeout => 60);

    my $request = sub {
        push @keys, my $next = shift @keys;
        return $http->request('GET', $uri,
            headers => { Authorization => "Bearer $next" });
    };

    # it is slow to connect to Redis under valgrind
    Partner::Process::wait_until(sub { $request->()->status == 200 }, 30);

    for (1 .. $n) {
        my $r = $request->();
        die "$name: $uri answered " . $r->status . "\n" if $r->status != 200;
    }

    $http->close;
    $nginx->stop;

    return _read($file);
}


# A name is told once, and then goes by its number; what a call has cost stands
# in the line after it.
sub _read {
    my ($file) = @_;
    my ($total, $callee, $called, %number, %cost);
    local $_; # which the caller goes through its list with

    open(my $fh, '<', $file) or die "$file: $!\n";

    while (<$fh>) {
        if ($called) {
            $cost{$callee} += $1 if /^\S+ (\d+)/;
            $called = 0;
        } elsif (/^(c?)fn=\((\d+)\)(?: (\S+))?/) {
            $number{$3} = $2 if defined $3;
            $callee = $2 if $1;
        } elsif (/^calls=/) {
            $called = 1;
        } elsif (/^(?:summary|totals): (\d+)/) {
            $total = $1;
        }
    }

    die "$file: no total\n" unless defined $total;
    return ($total, sub {
        my $of = $number{$_[0]} // die "$file: $_[0] was never called\n";
        return $cost{$of} // 0;
    });
}


1;
