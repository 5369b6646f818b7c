package Partner::Nginx;

# One nginx: the binary under test, in a prefix directory of its own.

use strict;
use warnings;

use Carp qw(croak);
use POSIX ();

use Partner::Ports;
use Partner::Process;


sub binary { $ENV{PARTNER_NGINX} || '/usr/sbin/nginx' }


# `under` is a command that runs the binary, such as valgrind.
sub new {
    my ($class, %o) = @_;

    mkdir($o{prefix}) or croak "$o{prefix}: $!" unless -d $o{prefix};
    mkdir("$o{prefix}/$_") for qw(tmp html);

    return bless { %o }, $class;
}


# Writes nginx.conf; the text has no placeholders left.
sub conf {
    my ($self, $text) = @_;

    my $file = "$self->{prefix}/nginx.conf";

    open(my $fh, '>', $file) or croak "$file: $!";
    print $fh $text;
    close($fh) or croak "$file: $!";

    return $self;
}


sub _argv {
    my ($self, @more) = @_;
    my $p = $self->{prefix};

    return (@{$self->{under} || []}, binary(), '-p', "$p/", '-c',
        "$p/nginx.conf", '-e', "$p/error.log", @more);
}


sub start {
    my ($self) = @_;

    unlink("$self->{prefix}/nginx.pid");
    Partner::Ports::release(@{$self->{ports}});

    $self->{process} = Partner::Process->start(
        name => 'nginx', argv => [$self->_argv], dir => $self->{prefix},
        log => "$self->{prefix}/stderr.log", env => $self->{env}
    );

    # The pid file is written once every port is bound.
    $self->{process}->wait_ready(sub { -s "$self->{prefix}/nginx.pid" });

    return $self;
}


sub process { $_[0]{process} }
sub pid { $_[0]{process}->pid }


# The pids of workers that serve; those that are shutting down do not count.
sub workers {
    my ($self) = @_;
    my %all = Partner::Process::children($self->pid);

    my @pids = sort { $a <=> $b }
        grep { $all{$_} =~ /worker process\s*$/ } keys %all;

    return @pids;
}


# Reads the configuration again, and returns when new workers have taken over
# and the old ones are gone; with `graceful` it does not wait for the latter.
sub reload {
    my ($self, %o) = @_;

    # A worker that was started this instant still has its master's name, and
    # a signal that comes now would be one with the last.
    Partner::Process::wait_until(sub {
        my %all = Partner::Process::children($self->pid);
        return !grep { /master process/ } values %all;
    });

    my %old = map { $_ => 1 } $self->workers;
    my %before = Partner::Process::children($self->pid);
    $self->{process}->signal('HUP');

    Partner::Process::wait_until(sub {
        my @new = grep { !$old{$_} } $self->workers;
        return 0 unless @new >= keys %old;
        return 1 if $o{graceful};
        my %now = Partner::Process::children($self->pid);
        return !grep { $now{$_} && $old{$_} } keys %before;
    }) or croak "nginx did not reload in time:\n"
        . Partner::Process::tail($self->error_log_file);

    return $self;
}


sub signal { $_[0]{process}->signal($_[1]) }


sub stop {
    my ($self, $signal) = @_;
    return $self->{process}->stop($signal);
}


# Runs `nginx -t` and returns (exit status, what it said).
sub check {
    my ($self) = @_;

    local %ENV = (%ENV, %{$self->{env} || {}});
    my $said = '';

    my $pid = open(my $pipe, '-|') // croak "cannot fork: $!";

    if ($pid == 0) {
        open(STDERR, '>&', \*STDOUT);
        exec { binary() } $self->_argv('-t') or POSIX::_exit(127);
    }

    while (defined(my $line = <$pipe>)) { $said .= $line }
    close($pipe);

    return ($? >> 8 || $? & 127, $said);
}


sub error_log_file { "$_[0]{prefix}/error.log" }


sub error_log {
    my ($self) = @_;

    open(my $fh, '<', $self->error_log_file) or return '';
    local $/;
    return <$fh> // '';
}


# Polls until the error log matches.
sub wait_log {
    my ($self, $pattern, $seconds) = @_;
    return Partner::Process::wait_until(
        sub { $self->error_log =~ $pattern }, $seconds);
}


1;
