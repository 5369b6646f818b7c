package Partner::Upstream;

# A small HTTP server for what nginx' `return` cannot do: to be slow, to cut a
# response off, to show what it was sent.

use strict;
use warnings;

use Carp qw(croak);
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();

use Partner::Process;

my $json = JSON::PP->new->utf8->canonical;


# `handler` gets (connection, request) for each request and writes the answer
# itself, byte for byte; the connection is kept when it returns true.  It runs
# in a process of its own for each connection.
sub start {
    my ($class, %o) = @_;

    my $dir = $o{dir};
    mkdir($dir) or croak "$dir: $!" unless -d $dir;

    my $path = "$dir/upstream.sock";
    unlink($path);
    my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 1024)
        or croak "$path: $!";
    chmod(0777, $path);

    my $self = bless {
        socket => $path, record => "$dir/requests.json",
        handler => $o{handler}
    }, $class;

    $self->{process} = Partner::Process->start(
        name => 'upstream', dir => $dir, log => "$dir/upstream.log",
        code => sub { $self->_serve($listen) });

    return $self;
}


sub socket { $_[0]{socket} }
sub process { $_[0]{process} }
sub stop { $_[0]{process}->stop($_[1]) }


# The requests so far: method, uri, headers (pairs), body.
sub requests {
    my ($self) = @_;

    open(my $fh, '<', $self->{record}) or return;
    return map { $json->decode($_) } <$fh>;
}


sub _serve {
    my ($self, $listen) = @_;

    my $parent = getppid();
    my $select = IO::Select->new($listen);
    local $SIG{CHLD} = 'IGNORE';

    # Nobody else would end this when the test is killed.
    while (getppid() == $parent) {
        next unless $select->can_read(0.5);
        my $connection = $listen->accept or next;

        my $pid = fork() // next;
        next if $pid;

        close($listen);
        $SIG{CHLD} = 'DEFAULT';
        $self->_connection($connection);
        POSIX::_exit(0);
    }
}


sub _connection {
    my ($self, $connection) = @_;

    $connection->autoflush(1);
    binmode($connection);
    $SIG{PIPE} = 'IGNORE';

    while (my $request = _read($connection)) {
        $self->_remember($request);
        last unless $self->{handler}->($connection, $request);
    }
}


sub _read {
    my ($connection) = @_;

    my $first = readline($connection) // return;
    my ($method, $uri) = split(/ /, $first);
    my (@headers, %by_name);

    while (defined(my $line = readline($connection))) {
        last unless $line =~ /^([^:]+):[ \t]*(.*?)\r\n$/;
        push @headers, [$1, $2];
        $by_name{lc $1} //= $2;
    }

    my $body = '';
    read($connection, $body, $by_name{'content-length'} // 0);

    return {
        method => $method, uri => $uri, headers => \@headers,
        header => \%by_name, body => $body
    };
}


# A short line, written at once: connections do not mix theirs.
sub _remember {
    my ($self, $request) = @_;

    open(my $fh, '>>', $self->{record}) or croak "$self->{record}: $!";
    syswrite($fh, $json->encode($request) . "\n");
    close($fh);
}


# A whole response of JSON, for handlers that have nothing odd in mind.
sub answer {
    my ($connection, $status, $body, @headers) = @_;

    print $connection "HTTP/1.1 $status -\r\nContent-Type: application/json"
        . "\r\nContent-Length: " . length($body) . "\r\n"
        . join('', map { "$_\r\n" } @headers) . "\r\n$body";

    return 1;
}


1;
