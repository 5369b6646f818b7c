package Partner::Process;

# One program that a test runs: in a session of its own, ended by pid.

use strict;
use warnings;

use Carp qw(croak);
use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(sleep time);

use constant {
    POLL => 0.005, # seconds between two looks at a condition
    # Seconds: a host may take the processors away for parts of one, again and
    # again, and who waits for what happens is not kept longer by a deadline.
    DEADLINE => 60,
    PATIENCE => $ENV{PARTNER_VALGRIND} ? 6 : 1,
};

my %sessions; # every session that this test began
my @running;


# Runs `argv` in `dir`; both outputs go to the file `log`.  With `user` the
# program runs as that user.  It gets the signal `stop` when it is ended, and
# when the test dies without a chance to end it.  In place of a program it may
# be `code` of the test's own.
sub start {
    my ($class, %o) = @_;

    my $self = bless {
        name => $o{name}, log => $o{log}, dir => $o{dir},
        stop => $o{stop} || 'TERM'
    }, $class;

    my @drop = $o{user}
        ? ("--reuid=$o{user}", "--regid=$o{group}", '--clear-groups') : ();

    my $pid = fork();
    croak "cannot fork: $!" unless defined $pid;

    if ($pid == 0) {
        $self->_detach($o{env} || {});

        if ($o{code}) {
            my $ok = eval { $o{code}->(); 1 };
            print STDERR $@ unless $ok;
            POSIX::_exit($ok ? 0 : 1);
        }

        _become('setpriv', '--pdeathsig', $self->{stop}, @drop, '--',
            @{$o{argv}});
    }

    $self->{pid} = $pid;
    $self->{owner} = $$;
    $sessions{$pid} = 1;
    push @running, $self;

    return $self;
}


sub _detach {
    my ($self, $env) = @_;

    POSIX::setsid();
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP PIPE);

    chdir($self->{dir})
        && open(STDIN, '<', '/dev/null')
        && open(STDOUT, '>>', $self->{log})
        && open(STDERR, '>&', \*STDOUT)
        or POSIX::_exit(126);

    $ENV{$_} = $env->{$_} for keys %$env;
}


sub _become {
    my (@argv) = @_;

    { no warnings 'exec'; exec { $argv[0] } @argv; }
    POSIX::_exit(127);
}


sub pid { $_[0]{pid} }


# True while the program runs; its wait status is kept once it has ended.
sub running {
    my ($self) = @_;

    return 0 if defined $self->{status};

    my $got = waitpid($self->{pid}, POSIX::WNOHANG());
    return 1 if $got == 0;

    $self->{status} = $got == $self->{pid} ? $? : -1;
    @running = grep { $_ != $self } @running;

    return 0;
}


sub status { $_[0]{status} }


sub signal {
    my ($self, $name) = @_;
    return kill($name, $self->{pid});
}


# Polls until the condition holds; false when the deadline passes first.
sub wait_until {
    my ($condition, $seconds) = @_;

    my $end = time() + ($seconds // DEADLINE) * PATIENCE;

    # The last look begins behind the deadline, however late that is noticed.
    while (1) {
        my $last = time() > $end;
        my $value = $condition->();
        return $value if $value;
        return 0 if $last;
        sleep(POLL);
    }
}


# Waits until the program is ready, and dies with its output when it ends
# before that.
sub wait_ready {
    my ($self, $ready, $seconds) = @_;

    my $ok = wait_until(sub { !$self->running || $ready->() }, $seconds);

    return $self if $ok && $self->running;

    my $why = $self->running ? 'is not ready in time'
        : sprintf('ended with status %d, signal %d', $self->{status} >> 8,
            $self->{status} & 127);

    $self->stop if $self->running;
    croak "$self->{name} $why:\n" . tail($self->{log});
}


# A Unix socket is there before anyone listens on it.
sub accepts {
    my ($path) = @_;
    return IO::Socket::UNIX->new(Peer => $path) ? 1 : 0;
}


sub tail {
    my ($file, $lines) = @_;

    open(my $fh, '<', $file) or return "($file: $!)\n";
    my @all = <$fh>;
    my $n = $lines || 20;

    return join('', @all > $n ? @all[-$n .. -1] : @all);
}


# Ends the program and returns its wait status.  One that ignores its signal
# is killed, which fails the test file.
sub stop {
    my ($self, $signal, $seconds) = @_;

    return $self->{status} unless $self->running;

    $self->signal('CONT');
    $self->signal($signal || $self->{stop});

    if (!wait_until(sub { !$self->running }, $seconds)) {
        push @Partner::Process::stubborn, $self->{name};
        $self->signal('KILL');
        wait_until(sub { !$self->running });
    }

    return $self->{status};
}


our @stubborn; # names of those that had to be killed


sub stop_all {
    my @ours = grep { $_->{owner} == $$ } @running;
    $_->stop for reverse @ours;
    _forget_clocks();
}


# What libfaketime shares is left behind by a process that was killed.
sub _forget_clocks {
    unlink grep { !/_(\d+)$/ || !-d "/proc/$1" }
        glob('/dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*');
}


# Processes that outlived what started them: members of our sessions, or at
# home below `dir`.  Returns [pid, command line] pairs.
sub leftovers {
    my ($dir) = @_;
    my @found;

    opendir(my $proc, '/proc') or croak "/proc: $!";

    for my $pid (grep { /^\d+$/ && $_ != $$ } readdir $proc) {
        my ($state, $session) = _stat($pid) or next;
        next if $state eq 'Z';

        my $cwd = readlink("/proc/$pid/cwd") // '';

        if ($sessions{$session} || "$cwd/" =~ m{^\Q$dir\E/}) {
            push @found, [$pid, _command_line($pid)];
        }
    }

    return @found;
}


sub _stat {
    my ($pid) = @_;

    open(my $fh, '<', "/proc/$pid/stat") or return;
    my $line = <$fh> // return;

    # The name in parentheses may itself hold blanks and parentheses.
    return $line =~ /\) (\S) \d+ \d+ (\d+)/ ? ($1, $2) : ();
}


# True unless the process is gone, or only waits for its parent to notice.
sub alive {
    my ($state) = _stat($_[0]);
    return defined $state && $state ne 'Z' ? 1 : 0;
}


sub _command_line {
    my ($pid) = @_;

    open(my $fh, '<', "/proc/$pid/cmdline") or return '?';
    my $line = <$fh> // '?';
    $line =~ tr/\0/ /;

    return $line;
}


# Children of a process, as (pid => command line).
sub children {
    my ($parent) = @_;
    my %found;

    opendir(my $proc, '/proc') or croak "/proc: $!";

    for my $pid (grep { /^\d+$/ } readdir $proc) {
        open(my $fh, '<', "/proc/$pid/stat") or next;
        my $line = <$fh> // next;
        next unless $line =~ /\) (\S) (\d+) / && $2 == $parent && $1 ne 'Z';
        $found{$pid} = _command_line($pid);
    }

    return %found;
}


sub end_leftovers {
    my ($dir) = @_;

    for my $signal (qw(TERM KILL)) {
        my @left = leftovers($dir) or return;
        kill($signal, $_->[0]) for @left;
        wait_until(sub { !leftovers($dir) }, 10);
    }
}


1;
