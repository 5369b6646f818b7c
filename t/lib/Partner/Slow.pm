package Partner::Slow;

# A proxy between two Unix sockets that can be told to be slow.

use strict;
use warnings;

use Carp qw(croak);
use IO::Select;
use IO::Socket::UNIX;
use Time::HiRes qw(time);

use Partner::Process;


# From a socket of its own in `dir` to the socket `to`.
sub start {
    my ($class, %o) = @_;

    mkdir($o{dir}) or croak "$o{dir}: $!" unless -d $o{dir};
    my $self = bless { socket => "$o{dir}/slow.sock", to => $o{to},
        delay => "$o{dir}/delay" }, $class;

    my $listen = IO::Socket::UNIX->new(Local => $self->{socket},
        Listen => 64) or croak "$self->{socket}: $!";
    chmod(0777, $self->{socket});

    $self->{process} = Partner::Process->start(name => 'slow',
        dir => $o{dir}, log => "$o{dir}/slow.log",
        code => sub { $self->_serve($listen) });

    return $self;
}


sub socket { $_[0]{socket} }


# From now on what is sent arrives so many seconds later; answers are not held.
sub delay {
    my ($self, $seconds) = @_;

    _write($self->{delay}, $seconds);
    Partner::Process::wait_until(
        sub { (_read("$self->{delay}.seen") // '') eq $seconds })
        or croak 'the proxy does not hear';
}


# Whole or not at all.
sub _write {
    my ($file, $text) = @_;

    open(my $fh, '>', "$file.new") or croak "$file: $!";
    print $fh $text;
    close($fh) or croak "$file: $!";
    rename("$file.new", $file);
}


sub _read {
    my ($file) = @_;

    open(my $fh, '<', $file) or return;
    return scalar <$fh>;
}


sub _serve {
    my ($self, $listen) = @_;

    my $parent = getppid();
    my $select = IO::Select->new($listen);
    my (%other, %to_redis, @held);
    my ($delay, $looked) = (0, 0);
    local $SIG{PIPE} = 'IGNORE';

    my $close = sub {
        my ($socket) = @_;
        my $other = delete $other{$socket};
        delete $other{$other} if $other;
        $select->remove($_), close($_) for grep { $_ } $socket, $other;
    };

    while (getppid() == $parent) {
        my $wait = @held ? $held[0][0] - time() : 0.02;
        my @ready = $select->can_read($wait > 0 ? $wait : 0);

        if (time() - $looked > 0.01) {
            my $wanted = _read($self->{delay}) // 0;
            _write("$self->{delay}.seen", $wanted) if $wanted ne $delay;
            ($delay, $looked) = ($wanted, time());
        }

        for my $socket (@ready) {
            if ($socket == $listen) {
                my $client = $listen->accept or next;
                my $redis = IO::Socket::UNIX->new(Peer => $self->{to});
                close($client), next unless $redis;
                @other{$client, $redis} = ($redis, $client);
                $to_redis{$client} = 1;
                $to_redis{$redis} = 0;
                $select->add($client, $redis);
                next;
            }

            next unless $other{$socket};
            my $n = sysread($socket, my $data, 65536);
            $close->($socket), next unless $n;
            push @held, [time() + ($to_redis{$socket} ? $delay : 0), $socket,
                $data];
        }

        @held = sort { $a->[0] <=> $b->[0] } @held if @held > 1;

        while (@held && $held[0][0] <= time()) {
            my (undef, $from, $data) = @{shift @held};
            my $to = $other{$from} or next;
            $to->blocking(1);
            syswrite($to, $data);
        }
    }
}


1;
