package Partner::Zone;

# The memory of a zone as a process has it, to leave in it what one that was
# killed would have left (ngx_partner_memory.h has how it begins).

use strict;
use warnings;

use Carp qw(croak);

use constant {
    POOL => 256,  # bytes that nginx' pool has at most, whose address ends it
    HOLDER => 8,  # of the head, in bytes
};


# Of the process with that pid; the directive names the zone.
sub of {
    my ($class, $pid, $directive) = @_;

    open(my $maps, '<', "/proc/$pid/maps") or croak "maps: $!";
    open(my $mem, '+<:raw', "/proc/$pid/mem") or croak "mem: $!";
    my ($begin) = map { /^(\w+)-.*memfd:\Q$directive\E / ? $1 : () } <$maps>
        or croak "$pid has no memory of $directive";

    no warnings 'portable';
    my $self = bless { mem => $mem, begin => hex $begin }, $class;
    $self->{head} = $self->_head;

    return $self;
}


# The pool's last two members are what it was made for, and its own address.
sub _head {
    my ($self) = @_;
    my @words = unpack('Q<*', $self->_read($self->{begin}, POOL));
    my ($address) = reverse grep { $words[$_] == $self->{begin} } 1 .. $#words;

    return $words[$address - 1];
}


sub _read {
    my ($self, $at, $n) = @_;
    sysseek($self->{mem}, $at, 0) && sysread($self->{mem}, my $bytes, $n) == $n
        or croak "cannot read: $!";
    return $bytes;
}


sub _write {
    my ($self, $at, $number) = @_;
    return sysseek($self->{mem}, $at, 0)
        && syswrite($self->{mem}, pack('Q<', $number)) == 8;
}


# Who has the lock, and who is inside.
sub lock { return $_[0]->_write($_[0]{begin}, $_[1]) }
sub holder { return $_[0]->_write($_[0]{head} + HOLDER, $_[1]) }


1;
