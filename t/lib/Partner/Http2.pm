package Partner::Http2;

# HTTP/2 frame by frame (RFC 9113), for what no client does by itself.

use strict;
use warnings;

use constant { DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4,
    WINDOW_UPDATE => 8, INITIAL_WINDOW => 4 };
use constant { END_STREAM => 1, END_HEADERS => 4, CANCEL => 8 };


# On a connection to a server that needs no upgrade.  A stream may bring
# `window` bytes, a connection all there is.
sub new {
    my ($class, $http, %options) = @_;
    my $window = $options{window} // 1 << 20;

    $http->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . _frame(SETTINGS, 0, 0, pack('nN', INITIAL_WINDOW, $window))
        . _frame(WINDOW_UPDATE, 0, 0, pack('N', 1 << 30)));

    return bless { http => $http, in => '' }, $class;
}


sub _frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}


# A call without a body.  Literals without indexing (RFC 7541, section 6.2.2),
# none beyond 126 bytes.
sub get {
    my ($self, $stream, $path, %headers) = @_;
    my @fields = (':method' => 'GET', ':scheme' => 'http', ':path' => $path,
        ':authority' => 'localhost', map { lc, $headers{$_} } keys %headers);

    return $self->{http}->send(_frame(HEADERS, END_STREAM | END_HEADERS,
        $stream, join('', map { "\0" . pack('C/a C/a', @fields[$_, $_ + 1]) }
            map { 2 * $_ } 0 .. $#fields / 2)));
}


sub reset {
    my ($self, $stream) = @_;
    return $self->{http}->send(
        _frame(RST_STREAM, 0, $stream, pack('N', CANCEL)));
}


# The next frame: (type, flags, stream, payload); nothing at the end.
sub frame {
    my ($self) = @_;
    my $want = 9;

    while (1) {
        $want = 9 + unpack('N', "\0" . substr($self->{in}, 0, 3))
            if length $self->{in} >= 9;
        last if length $self->{in} >= $want;
        $self->{in} .= $self->{http}->piece // return;
    }

    my ($type, $flags, $stream) = unpack('x3 CCN', $self->{in});
    my $payload = substr($self->{in}, 9, $want - 9);
    substr($self->{in}, 0, $want) = '';

    return ($type, $flags, $stream, $payload);
}


# All of a stream's body, whatever other streams still bring; undef: it is cut.
sub body {
    my ($self, $wanted) = @_;
    my $body = '';

    while (my ($type, $flags, $stream, $payload) = $self->frame) {
        next if $stream != $wanted;
        $body .= $payload if $type == DATA;
        return $body if $flags & END_STREAM && $type <= HEADERS;
        return if $type == RST_STREAM;
    }

    return;
}


# Reads until so many bytes of body have come; returns them.
sub some {
    my ($self, $bytes) = @_;
    my $body = '';

    while (length $body < $bytes
        and my ($type, $flags, $stream, $payload) = $self->frame) {
        $body .= $payload if $type == DATA;
    }

    return $body;
}


1;
