package Partner::Http;

# A plain HTTP/1.1 client over one socket: what a test writes is what goes
# out, what it gets is what came back.

use strict;
use warnings;

use Carp qw(croak);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Time::HiRes qw(time);

use Partner::Http::Response;


# Connects to a port on loopback, or to a Unix socket when it is a path.
sub new {
    my ($class, $address, %o) = @_;

    my $socket = $address =~ m{^/}
        ? IO::Socket::UNIX->new(Peer => $address)
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $address, Proto => 'tcp');

    croak "cannot connect to $address: $!" unless $socket;
    $socket->blocking(0);

    return bless {
        socket => $socket, in => '', timeout => $o{timeout} // 60
    }, $class;
}


# One request on a connection of its own.
sub once {
    my ($address, $method, $uri, %o) = @_;

    my $http = Partner::Http->new($address, %o);
    my $headers = ref $o{headers} eq 'ARRAY'
        ? [Connection => 'close', @{$o{headers}}]
        : { Connection => 'close', %{$o{headers} || {}} };

    return $http->request($method, $uri, %o, headers => $headers);
}


# Options: headers (hash or list of pairs), body (text, or a list of texts to
# be sent as chunks).
sub request {
    my ($self, $method, $uri, %o) = @_;

    $self->send(format_request($method, $uri, %o));
    return $self->response($method);
}


sub format_request {
    my ($method, $uri, %o) = @_;

    my @headers = ref $o{headers} eq 'ARRAY' ? @{$o{headers}}
        : %{$o{headers} || {}};
    my %given = map { lc($headers[$_]) => 1 }
        grep { $_ % 2 == 0 } 0 .. $#headers;
    my $body = $o{body} // '';

    unshift @headers, Host => 'localhost' unless $given{host};

    if (ref $body) {
        push @headers, 'Transfer-Encoding' => 'chunked';
        $body = join('', map { sprintf("%x\r\n%s\r\n", length, $_) } @$body)
            . "0\r\n\r\n";

    } elsif (defined $o{body} && !$given{'content-length'}) {
        push @headers, 'Content-Length' => length $body;
    }

    my $head = "$method $uri HTTP/1.1\r\n";

    while (my ($name, $value) = splice(@headers, 0, 2)) {
        $head .= "$name: $value\r\n" if defined $value;
    }

    return "$head\r\n$body";
}


# Writes all bytes, while still reading: a server may answer before it has
# read the whole body.
sub send {
    my ($self, $bytes) = @_;

    my $end = time() + $self->{timeout};
    my $select = IO::Select->new($self->{socket});
    local $SIG{PIPE} = 'IGNORE';

    while (length $bytes) {
        my ($r, $w) = IO::Select->select($select, $select, undef, 1);
        croak 'timed out while sending' if time() > $end;

        $self->_read if $r && @$r;
        next unless $w && @$w;

        my $n = syswrite($self->{socket}, $bytes);
        return 0 if !defined $n && !$!{EAGAIN};
        substr($bytes, 0, $n // 0, '');
        return 0 if $self->{eof};
    }

    return 1;
}


# The next response on this connection; dies when none comes in time.
sub response {
    my ($self, $method) = @_;

    my $end = time() + $self->{timeout};
    my $select = IO::Select->new($self->{socket});

    while (1) {
        my ($response, $used) = Partner::Http::Response->parse(
            $self->{in}, $method // 'GET', $self->{eof});

        if ($response) {
            substr($self->{in}, 0, $used, '');
            return $response;
        }

        croak 'connection closed before a whole response: '
            . _shown($self->{in}) if $self->{eof};

        my $left = $end - time();
        croak 'no response in time: ' . _shown($self->{in}) if $left <= 0;

        $self->_read if $select->can_read($left);
    }
}


sub _shown {
    my ($bytes) = @_;
    return length($bytes) ? substr($bytes, 0, 300) : '(nothing received)';
}


sub _read {
    my ($self) = @_;

    my $n = sysread($self->{socket}, $self->{in}, 65536,
        length $self->{in});

    if (defined $n ? $n == 0 : !$!{EAGAIN}) {
        $self->{eof} = 1;
    }
}


# What comes next, for bodies that are too long to keep; undef at the end.
sub piece {
    my ($self) = @_;

    my $end = time() + $self->{timeout};
    my $select = IO::Select->new($self->{socket});

    until ($self->{eof} || length $self->{in}) {
        my $left = $end - time();
        croak 'nothing came in time' if $left <= 0;
        $self->_read if $select->can_read($left);
    }

    my $piece = $self->{in};
    $self->{in} = '';

    return length $piece ? $piece : undef;
}


# True when the server closes, or has closed, within the time given.
sub closed {
    my ($self, $seconds) = @_;

    my $end = time() + ($seconds // 60);
    my $select = IO::Select->new($self->{socket});

    until ($self->{eof}) {
        my $left = $end - time();
        my $came = $select->can_read($left > 0 ? $left : 0);
        last unless $came || $left > 0;
        $self->_read if $came;
    }

    return $self->{eof} ? 1 : 0;
}


sub unread { $_[0]{in} }
sub socket { $_[0]{socket} }
sub close { $_[0]{socket}->close }


# Sends every request on a connection of its own, at most `at_once` of them in
# flight, and returns the responses in the same order.  Each request is
# [method, uri, options...]; with `together` nothing is sent before all of the
# first `at_once` connections stand.  A call that fails gives undef.
sub parallel {
    my ($address, $requests, %o) = @_;

    my $limit = $o{at_once} || @$requests;
    my $end = time() + ($o{timeout} // 120);
    my @todo = map { [$_, $requests->[$_]] } 0 .. $#$requests;
    my (%flying, @responses);
    $#responses = $#$requests;

    my $select = IO::Select->new;
    local $SIG{PIPE} = 'IGNORE';

    while (@todo || %flying) {
        croak sprintf('%d of %d calls got no answer in time',
            @todo + keys %flying, scalar @$requests) if time() > $end;

        my @new;

        while (@todo && keys %flying < $limit) {
            my ($index, $request) = @{shift @todo};
            my ($method, $uri, %options) = @$request;
            my $http = eval { Partner::Http->new($address) } or next;

            $options{headers} = {
                Connection => 'close', %{$options{headers} || {}}
            };
            push @new, [$http, format_request($method, $uri, %options)];
            $flying{fileno $http->{socket}} = [$http, $index, $method];
            $select->add($http->{socket});
        }

        $_->[0]->send($_->[1]) for @new;

        for my $socket ($select->can_read(0.05)) {
            my ($http, $index, $method) = @{$flying{fileno $socket}};
            $http->_read;

            my ($response) = Partner::Http::Response->parse($http->{in},
                $method, $http->{eof});
            next unless $response || $http->{eof};

            $responses[$index] = $response;
            $select->remove($socket);
            delete $flying{fileno $socket};
        }
    }

    return @responses;
}


1;
