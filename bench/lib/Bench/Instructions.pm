package Bench::Instructions;

# Instructions in user space per request, by callgrind: the same from run to
# run but for a few ticks of timers, so that slow growth shows.  A short run is
# subtracted from a longer one, which leaves out starting and stopping.

use strict;
use warnings;

use Partner::Http;

my @requests = (500, 1500);


# Takes name => [server, uri, key]; gives name => number.
sub count {
    my ($place, %cells) = @_;
    my %result;

    for my $name (sort keys %cells) {
        my ($few, $many) = map { _total($place, $name, $_, @{$cells{$name}}) }
            @requests;
        $result{$name} = int(($many - $few) / ($requests[1] - $requests[0]));
    }

    return \%result;
}


sub _total {
    my ($place, $name, $n, $kind, $uri, $key) = @_;

    my $server = "callgrind_$kind";
    my $file   = $place->file('callgrind.out');
    my $nginx  = $place->start($kind, name => $server,
        processes => 'master_process off;', keys => 'key.json',
        under => ['valgrind', '-q', '--tool=callgrind',
            "--callgrind-out-file=$file"]);
    my $headers = { Authorization => "Bearer $key" };
    my $http = Partner::Http->new($place->port($server), timeout => 60);

    # it is slow to connect to Redis under valgrind
    Partner::Process::wait_until(sub {
        $http->request('GET', $uri, headers => $headers)->status == 200;
    }, 30);

    for (1 .. $n) {
        my $r = $http->request('GET', $uri, headers => $headers);
        die "$name: $uri answered " . $r->status . "\n" if $r->status != 200;
    }

    $http->close;
    $nginx->stop;

    open(my $fh, '<', $file) or die "$file: $!\n";
    my ($total) = map { /^(?:summary|totals): (\d+)/ ? $1 : () } <$fh>;
    return $total // die "$file: no total\n";
}


1;
