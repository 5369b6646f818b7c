package Partner::Daemon;

# An nginx that is nobody's child, as an init script starts it: its master may
# be killed while its workers live, and be replaced by another binary.

use strict;
use warnings;

use parent 'Partner::Nginx';

use Carp qw(croak);
use Scalar::Util qw(weaken);

use Partner::Ports;
use Partner::Process;


# Of a Partner::Nginx that was configured and not started.
sub new {
    my ($class, $nginx) = @_;

    my $self = bless { %$nginx }, $class;
    $self->{process} = $self;
    weaken($self->{process});

    my $file = "$self->{prefix}/nginx.conf";
    my $text = do { local (@ARGV, $/) = ($file); <> };
    $text =~ s/^daemon off;/daemon on;/m;

    return $self->conf($text);
}


# Returns when its ports are bound; what holds one of them is waited for, as
# long as nginx itself does.
sub start {
    my ($self) = @_;

    unlink($self->_pid_file);
    Partner::Ports::release(@{$self->{ports}});

    my $launch = Partner::Process->start(
        name => 'nginx', argv => [$self->_argv], dir => $self->{prefix},
        log => "$self->{prefix}/stderr.log", env => $self->{env}
    );

    Partner::Process::wait_until(sub { !$launch->running });
    Partner::Process::wait_until(sub { -s $self->_pid_file })
        && !$launch->status
        or croak "nginx did not start:\n"
            . Partner::Process::tail("$self->{prefix}/stderr.log");

    return $self;
}


sub _pid_file { "$_[0]{prefix}/nginx.pid" }


sub pid {
    my ($self) = @_;

    open(my $fh, '<', $self->_pid_file) or return 0;
    return (<$fh> // '') =~ /^(\d+)/ ? $1 : 0;
}


sub running {
    my ($self) = @_;
    my $pid = $self->pid or return 0;
    return Partner::Process::alive($pid);
}


sub signal {
    my ($self, $name) = @_;
    my $pid = $self->pid or return 0;
    return kill($name, $pid);
}


sub stop {
    my ($self, $signal) = @_;
    my $pid = $self->pid or return;

    kill($signal || 'QUIT', $pid);
    Partner::Process::wait_until(sub { !Partner::Process::alive($pid) })
        or croak 'nginx does not stop';
}


# Another master with workers of its own, as nginx' manual has it: USR2, WINCH,
# QUIT; and HUP, QUIT to go `back`.  Returns when the old one has gone, or the
# new one; `meanwhile` is done each time that both have workers.
sub upgrade {
    my ($self, $meanwhile, %o) = @_;
    my $old = $self->pid;

    kill('USR2', $old);
    Partner::Process::wait_until(sub {
        my $new = $self->pid;
        return $new && $new != $old && $self->workers;
    }) or croak 'no other binary takes over';

    $meanwhile->() if $meanwhile;
    kill('WINCH', $old);
    Partner::Process::wait_until(sub { !_workers_of($old) })
        or croak 'the old workers do not leave';

    return $self->_back($old, $meanwhile) if $o{back};

    kill('QUIT', $old);
    Partner::Process::wait_until(sub { !Partner::Process::alive($old) })
        or croak 'the old master does not leave';
}


sub _workers_of {
    my ($master) = @_;
    my %children = Partner::Process::children($master);
    return scalar(grep { /worker process/ } values %children);
}


# The old master has workers again before the new one leaves.
sub _back {
    my ($self, $old, $meanwhile) = @_;

    kill('HUP', $old);
    Partner::Process::wait_until(sub { _workers_of($old) })
        or croak 'the old workers do not come back';

    $meanwhile->() if $meanwhile;
    kill('QUIT', $self->pid);
    Partner::Process::wait_until(sub { $self->pid == $old })
        or croak 'the new master does not leave';
}


1;
