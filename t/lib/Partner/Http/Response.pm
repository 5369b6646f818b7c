package Partner::Http::Response;

# One HTTP/1.1 response, taken apart.

use strict;
use warnings;

use JSON::PP ();

my $json = JSON::PP->new->utf8;


# Returns (response, bytes used) once `in` holds a whole response, else ().
# Interim responses (1xx) are skipped.
sub parse {
    my ($class, $in, $method, $eof) = @_;
    my $used = 0;

    while (1) {
        my $end = index($in, "\r\n\r\n");
        return if $end < 0;

        my $self = $class->_head(substr($in, 0, $end));
        $in = substr($in, $end + 4);
        $used += $end + 4;

        next if $self->{status} =~ /^1/ && $self->{status} != 101;

        my ($body, $length) = $self->_body($in, $method, $eof) or return;
        $self->{body} = $body;

        return ($self, $used + $length);
    }
}


# A response whose head and whole body came separately.
sub of {
    my ($class, $head, $body) = @_;

    $head =~ s/(?:\r\n)+\z//;
    my $self = $class->_head($head);
    $self->{body} = $body;

    return $self;
}


sub _head {
    my ($class, $head) = @_;

    my ($first, @lines) = split(/\r\n/, $head);
    my ($version, $status, $reason) = split(/ /, $first, 3);
    my @headers = map { [split(/:[ \t]*/, $_, 2)] } @lines;

    return bless {
        head => $head, version => $version, status => $status // 0,
        reason => $reason, headers => \@headers
    }, $class;
}


# Returns (body, bytes used), or () while bytes are missing.
sub _body {
    my ($self, $in, $method, $eof) = @_;

    return ('', 0) if $method eq 'HEAD' || $self->{status} =~ /^(204|304)$/;

    if (($self->header('Transfer-Encoding') // '') =~ /chunked/i) {
        return _chunks($in);
    }

    my $length = $self->header('Content-Length');

    if (defined $length) {
        return length($in) < $length ? () : (substr($in, 0, $length),
            $length);
    }

    return $eof ? ($in, length $in) : ();
}


sub _chunks {
    my ($in) = @_;
    my ($body, $at) = ('', 0);

    while (1) {
        my $end = index($in, "\r\n", $at);
        return if $end < 0;

        my ($size) = substr($in, $at, $end - $at) =~ /^([0-9a-fA-F]+)/
            or return ($body, length $in);
        $size = hex $size;
        $at = $end + 2;

        return if length($in) < $at + $size + 2;

        $body .= substr($in, $at, $size);
        $at += $size + 2;

        return ($body, $at) if $size == 0;
    }
}


sub status { $_[0]{status} }
sub reason { $_[0]{reason} }
sub version { $_[0]{version} }
sub body { $_[0]{body} }
sub head { $_[0]{head} }
sub headers { $_[0]{headers} }


# The first value under this name, in any case; undef when there is none.
sub header {
    my ($self, $name) = @_;
    return ($self->header_all($name))[0];
}


sub header_all {
    my ($self, $name) = @_;
    return map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{$self->{headers}};
}


# The body as JSON; undef when it is not JSON.
sub json {
    my ($self) = @_;
    return eval { $json->decode($self->{body}) };
}


# The stable code of a problem+json answer; undef for anything else.
sub code {
    my ($self) = @_;

    return unless ($self->header('Content-Type') // '')
        =~ m{^application/problem\+json\b};

    my $problem = $self->json;
    return ref $problem eq 'HASH' ? $problem->{code} : undef;
}


1;
