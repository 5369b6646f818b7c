package Partner::Ports;

# Free TCP ports on loopback, without races between tests that run together.
#
# A port is taken below the range that outgoing connections use, is claimed
# against other tests by the name of an abstract socket for as long as this
# one lives, and stays bound until the moment its server starts.

use strict;
use warnings;

use Carp qw(croak);
use IO::Socket::INET;
use IO::Socket::UNIX;

use constant { FIRST => 20000, COUNT => 12000, TRIES => 500 };

my %held; # port => [claim, bound socket or undef]


sub take {
    for (1 .. TRIES) {
        my $port = FIRST + int(rand(COUNT));
        next if $held{$port};

        my $claim = IO::Socket::UNIX->new(
            Local => "\0partner-test-port-$port", Listen => 1) or next;

        my $socket = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => $port, Proto => 'tcp',
            Listen => 1, ReuseAddr => 1
        ) or next;

        $held{$port} = [$claim, $socket];
        return $port;
    }

    croak 'found no free port between ' . FIRST . ' and '
        . (FIRST + COUNT - 1);
}


# Lets go of the sockets just before the server binds; the claims stay.
sub release {
    my (@ports) = @_;
    $held{$_}[1] = undef for @ports;
}


1;
