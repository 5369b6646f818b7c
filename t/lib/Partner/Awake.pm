package Partner::Awake;

# Keeps the processors of a virtual machine from sleeping while latencies are
# taken: a host gives an idle one away and wakes it milliseconds late, which a
# low rate of calls would be charged with.  The same is had on a machine of
# one's own by booting it with idle=poll.

use strict;
use warnings;

use Partner::Process;

use constant LIMIT => 1800; # seconds, after which they end by themselves


# One process a processor that takes only time that nobody else wants.  They
# live as long as what this returns, and are not there in a short run.
sub start {
    my ($class, $t) = @_;

    return bless [], $class unless $ENV{CHAOS};

    my $cores = () = do { local (@ARGV, $/) = ('/proc/cpuinfo'); <> }
        =~ /^processor/mg;

    return bless [map { Partner::Process->start(name => "awake$_",
        dir => $t->dir, log => $t->dir . '/awake.log',
        argv => ['chrt', '--idle', '0', $^X, '-e', _spin()]) } 1 .. $cores],
        $class;
}


# A session is a scheduling group of its own, and groups share evenly whatever
# is in them: so the group steps back too, where the kernel has such groups.
sub _spin {
    return sprintf('if (open my $f, ">", "/proc/self/autogroup") '
        . '{ print $f 19; close $f } alarm %d; 1 while 1', LIMIT);
}


sub DESTROY { $_->stop for @{$_[0]} }

1;
