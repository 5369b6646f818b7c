package Partner::Postgres;

# A private PostgreSQL on a Unix socket, copied from a template that is made
# once a run.  PostgreSQL refuses root, so under root it runs as `postgres`.

use strict;
use warnings;

use Carp qw(croak);
use Fcntl qw(:flock);
use File::Path ();
use POSIX ();

use Partner::Process;

my @quick = ('-c', 'fsync=off', '-c', 'full_page_writes=off', '-c',
    'shared_buffers=32MB', '-c', 'listen_addresses=', '-c',
    'log_min_messages=warning', '-c', 'wal_retrieve_retry_interval=100ms');


sub new {
    my ($class, %o) = @_;

    my $dir = $o{dir};
    mkdir($dir) or croak "$dir: $!" unless -d $dir;

    my $self = bless { dir => $dir, template => $o{template} }, $class;
    $self->{user} = [getpwnam('postgres')] if $> == 0;
    $self->_own($dir);

    return $self;
}


# The newest installed server's directory of programs.
sub programs {
    my @found = sort { _version($b) <=> _version($a) }
        glob('/usr/lib/postgresql/*/bin');

    return $found[0] // croak 'no /usr/lib/postgresql/*/bin: '
        . 'the package postgresql is not installed';
}


sub _version { return $_[0] =~ m{/(\d+)/bin} ? $1 : 0 }


# As in "PostgreSQL 15".
sub version { return _version(programs()) }


sub _own {
    my ($self, $path) = @_;
    return unless $self->{user};

    chown($self->{user}[2], $self->{user}[3], $path)
        or croak "$path: $!";
}


sub _run {
    my ($self, @argv) = @_;

    if ($self->{user}) {
        unshift @argv, 'setpriv', "--reuid=$self->{user}[2]",
            "--regid=$self->{user}[3]", '--clear-groups', '--';
    }

    my $pid = fork() // croak "cannot fork: $!";

    if ($pid == 0) {
        chdir($self->{dir});
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>>', "$self->{dir}/setup.log");
        open(STDERR, '>&', \*STDOUT);
        { no warnings 'exec'; exec { $argv[0] } @argv; }
        POSIX::_exit(127);
    }

    waitpid($pid, 0);
    croak "@argv:\n" . Partner::Process::tail("$self->{dir}/setup.log")
        if $?;
}


sub _initdb {
    my ($self, $data) = @_;

    $self->_run(programs() . '/initdb', '-D', $data, '-U', 'postgres', '-A',
        'trust', '-E', 'UTF8', '--no-locale', '--no-sync');
}


# Two test files may want the template at once; one makes it.
sub _template {
    my ($self) = @_;
    my $dir = $self->{template};

    open(my $lock, '>', "$dir.lock") or croak "$dir.lock: $!";
    flock($lock, LOCK_EX) or croak "$dir.lock: $!";
    return "$dir/data" if -d "$dir/data";

    mkdir($dir, 0755) or croak "$dir: $!" unless -d $dir;
    $self->_own($dir);
    $self->_initdb("$dir/new");
    rename("$dir/new", "$dir/data") or croak "$dir/data: $!";

    return "$dir/data";
}


sub start {
    my ($self) = @_;
    my $data = "$self->{dir}/data";

    if (!-d $data) {
        if ($self->{template}) {
            $self->_run('cp', '-a', $self->_template, $data);
        } else {
            $self->_initdb($data);
        }
    }

    $self->{process} = Partner::Process->start(
        name => 'postgres', dir => $self->{dir}, stop => 'INT',
        log => "$self->{dir}/postgres.log",
        argv => [programs() . '/postgres', '-D', $data, '-k', $self->{dir},
            @quick],
        $self->{user}
            ? (user => $self->{user}[2], group => $self->{user}[3]) : ()
    );

    $self->{process}->wait_ready(sub { $self->_answers });
    return $self;
}


sub _answers {
    my ($self) = @_;
    return system(programs() . '/pg_isready -q -t 1 -h ' . $self->{dir}) == 0;
}


# Where the socket is: libpq's `host`.
sub host { $_[0]{dir} }


sub conninfo {
    my ($self, $database, $user) = @_;
    return sprintf('host=%s dbname=%s user=%s', $self->{dir},
        $database // 'postgres', $user // 'postgres');
}


# Runs SQL and returns what psql prints: rows in lines, columns by `|`.
sub query {
    my ($self, $sql, $database) = @_;

    open(my $psql, '-|', programs() . '/psql', '-XAtq', '-v',
        'ON_ERROR_STOP=1', '-d', $self->conninfo($database), '-c', $sql)
        or croak "psql: $!";
    my $out = join('', <$psql>);
    close($psql) or croak "psql failed: $sql";

    chomp $out;
    return $out;
}


# The schema `partner` as pg_dump has it, without what differs from one dump to
# the next of the same.
sub schema {
    my ($self, $database) = @_;

    open(my $dump, '-|', programs() . '/pg_dump', '-s', '-O', '-n', 'partner',
        '-d', $self->conninfo($database)) or croak "pg_dump: $!";
    my $text = join('', grep { !/^(?:--|SET |\\|SELECT pg_catalog)/ } <$dump>);
    close($dump) or croak 'pg_dump failed';
    $text =~ s/\n{2,}/\n\n/g;
    $text =~ s/\t/    /g;

    return '-- PostgreSQL ' . version() . "\n$text";
}


# Makes this one, not started yet, a replica of the other, which from now on
# acknowledges no commit that the replica does not have.
sub follow {
    my ($self, $primary) = @_;

    $self->_run(programs() . '/pg_basebackup', '-D', "$self->{dir}/data", '-R',
        '-c', 'fast', '--no-sync', '-d', $primary->conninfo
            . ' application_name=replica');
    $self->start;
    $primary->query("ALTER SYSTEM SET synchronous_standby_names = 'replica'");
    $primary->query('SELECT pg_reload_conf()');

    Partner::Process::wait_until(sub {
        $primary->query('SELECT sync_state FROM pg_stat_replication') eq 'sync'
    }) or croak 'the replica does not follow';

    return $self;
}


# A replica becomes the primary, and follows nobody from then on.
sub promote {
    my ($self) = @_;

    $self->query('ALTER SYSTEM RESET synchronous_standby_names');
    $self->query('SELECT pg_promote()');
    return $self;
}


# Forgets all that it held, so that it can follow another.
sub empty {
    my ($self) = @_;
    File::Path::remove_tree("$self->{dir}/data");
}


sub process { $_[0]{process} }
sub stop { $_[0]{process}->stop($_[1]) }


1;
