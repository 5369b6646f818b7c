package Partner::Redis;

# A private redis-server on a Unix socket, and a client that speaks RESP.

use strict;
use warnings;

use Carp qw(croak);
use IO::Select;
use IO::Socket::UNIX;

use Partner::Process;


# Without persistence: what a test kills is empty when it comes back.  Takes
# `port`, for TCP beside the socket, and more `options` of redis-server.
sub new {
    my ($class, %o) = @_;

    my $dir = $o{dir};
    mkdir($dir) or croak "$dir: $!" unless -d $dir;

    return bless { dir => $dir, socket => "$dir/redis.sock",
        options => $o{options} || [], port => $o{port} || 0 }, $class;
}


sub start {
    my ($self) = @_;
    my $dir = $self->{dir};

    unlink($self->{socket});
    $self->{client} = undef;

    $self->{process} = Partner::Process->start(
        name => 'redis-server', dir => $dir, log => "$dir/redis.log",
        argv => ['redis-server', '--port', $self->{port}, '--unixsocket',
            $self->{socket}, '--unixsocketperm', 777, '--save', '',
            '--appendonly', 'no', '--dir', $dir, '--daemonize', 'no',
            @{$self->{options}}]
    );

    $self->{process}->wait_ready(sub { $self->_answers });
    return $self;
}


sub _answers {
    my ($self) = @_;
    return eval { $self->command('PING') eq 'PONG' };
}


sub socket { $_[0]{socket} }
sub process { $_[0]{process} }
sub pid { $_[0]{process}->pid }


sub stop {
    my ($self, $signal) = @_;

    $self->{client} = undef;
    return $self->{process}->stop($signal);
}


sub kill { $_[0]->stop('KILL') }
sub pause { $_[0]{process}->signal('STOP') }
sub resume { $_[0]{process}->signal('CONT') }


# A connection of its own, for SUBSCRIBE and the like.
sub connect {
    my ($self) = @_;

    my $socket = IO::Socket::UNIX->new(Peer => $self->{socket})
        or croak "$self->{socket}: $!";

    return bless { %$self, client => $socket }, ref $self;
}


# One command, one reply: text, number, undef for nil, a list for an array.
# An error reply dies with its text.
sub command {
    my ($self, @words) = @_;

    $self->write_command(@words);
    return $self->reply;
}


sub write_command {
    my ($self, @words) = @_;

    $self->{client} ||= IO::Socket::UNIX->new(Peer => $self->{socket})
        or croak "$self->{socket}: $!";

    my $text = '*' . @words . "\r\n"
        . join('', map { '$' . length($_) . "\r\n$_\r\n" } @words);

    $self->{client}->autoflush(1);
    print {$self->{client}} $text or croak "redis: $!";
}


sub reply {
    my ($self, $seconds) = @_;

    if (defined $seconds) {
        my $select = IO::Select->new($self->{client});
        return undef unless $select->can_read($seconds);
    }

    my $line = readline($self->{client}) // croak 'redis closed';
    $line =~ s/\r\n$//;
    my ($type, $rest) = (substr($line, 0, 1), substr($line, 1));

    return $rest if $type eq '+' || $type eq ':';
    die "$rest\n" if $type eq '-';
    return undef if $rest < 0;

    return $self->_bulk($rest) if $type eq '$';
    return [map { $self->reply } 1 .. $rest] if $type eq '*';

    croak "redis sent '$line'";
}


sub _bulk {
    my ($self, $length) = @_;

    my $n = read($self->{client}, my $data, $length + 2) // 0;
    croak 'redis closed' if $n != $length + 2;

    return substr($data, 0, $length);
}


1;
