package Partner::Test;

# The test's own world: a directory, programs in it, and a verdict at the end.

use strict;
use warnings;

use Carp qw(croak);
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(basename dirname);
use File::Path qw(make_path remove_tree);
use File::Spec;
use Test::More ();

use Partner::Http;
use Partner::Logs;
use Partner::Nginx;
use Partner::Ports;
use Partner::Process;

our @EXPORT = qw(done_testing soon wait_until);

# A Unix socket's path has 107 bytes; what lies below needs some of them.
use constant PATH_MAX => 70;

my $top = abs_path(dirname(__FILE__) . '/../../..');
my $owner = $$;
my @worlds;

$SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);

# Under root, servers read as other users what is made here.
umask(022);


sub new {
    my ($class) = @_;

    my $self = bless {
        dir => _directory(), expected => {}, ports => {}, define => {}
    }, $class;

    mkdir("$self->{dir}/sanitizer");
    chmod(01777, "$self->{dir}/sanitizer");
    push @worlds, $self;

    $self->define(DIR => $self->{dir}, TOP => $top,
        MODULE => '"' . module() . '"', GLOBALS_HTTP => _globals_http());

    return $self;
}


sub top { $top }
sub dir { $_[0]{dir} }


# Where `make` put what it built.
sub build { $ENV{PARTNER_BUILD} || "$top/build" }
sub module { build() . '/ngx_http_partner_module.so' }
sub sanitized { $ENV{PARTNER_SANITIZE} ? 1 : 0 }


# Below build/t, or in a private directory of the temporary one when that path
# is too long for a socket, closed to the user that workers run as, or one that
# configurations would have to quote.
sub _directory {
    (my $name = basename($0)) =~ s/\.t$//;
    my $wanted = "$top/build/t/$name.$$" . (@worlds ? '.' . @worlds : '');

    if (length($wanted) <= PATH_MAX && $wanted !~ m{[^\w./-]}
        && _reachable($top))
    {
        make_path($wanted);
        return $wanted;
    }

    my $dir = File::Spec->tmpdir . "/partner-t.$$." . @worlds;
    mkdir($dir, 0755) or croak "$dir: $!";
    chmod(0755, $dir);

    return abs_path($dir);
}


sub _reachable {
    my ($path) = @_;
    return 1 if $> != 0;

    while ($path ne '/') {
        return 0 unless (stat $path)[2] & 1;
        $path = dirname($path);
    }

    return 1;
}


# Text for a %%NAME%% in configurations.
sub define {
    my ($self, %values) = @_;
    $self->{define}{$_} = $values{$_} for keys %values;
}


# %%PORT_x%% stands for a free port, the same one for the same x.
sub port {
    my ($self, $name) = @_;
    return $self->{ports}{$name} ||= Partner::Ports::take();
}


sub expand {
    my ($self, $text) = @_;

    1 while $text =~ s{%%([A-Z][A-Z0-9_]*)%%}{$self->_value($1)}ge;
    return $text;
}


sub _value {
    my ($self, $name) = @_;

    return $self->port($1) if $name =~ /^PORT_(\w+)$/;
    return $self->{define}{$name}
        // croak "no value for the placeholder %%$name%%";
}


# When root starts it, nginx drops its workers to nobody.
sub _globals {
    my ($prefix, $level) = @_;

    my $user = $> == 0 ? "user nobody nogroup;\n" : '';
    # nginx gives the next binary no more than it is told to
    my $env = sanitized() ? "env ASAN_OPTIONS;\nenv UBSAN_OPTIONS;\n" : '';
    return "daemon off;\n$user${env}pid $prefix/nginx.pid;\n"
        . "error_log $prefix/error.log $level;\n";
}


# What each configuration has of its own: `%%GLOBALS_LOAD%%` is for tests that
# make more calls than a debug log can hold.
sub _places {
    my ($prefix) = @_;

    return (PREFIX => $prefix, GLOBALS => _globals($prefix, 'debug'),
        GLOBALS_LOAD => _globals($prefix, 'info'));
}


sub _globals_http {
    return "access_log off;\n" . join('',
        map { "${_}_temp_path tmp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi));
}


# An nginx with this whole configuration, not started yet.
sub nginx {
    my ($self, $conf, $name) = @_;

    my $prefix = $self->{dir} . (defined $name ? "/$name" : '');
    local $self->{define} = { %{$self->{define}}, _places($prefix) };
    my $text = $self->expand($conf);

    my $nginx = Partner::Nginx->new(prefix => $prefix,
        env => $self->environment(0),
        ports => [values %{$self->{ports}}])->conf($text);

    $self->{nginx} = $nginx unless defined $name;
    return $nginx;
}


# Writes the configuration and starts nginx with it.
sub run {
    my ($self, $conf, $name) = @_;
    return $self->nginx($conf, $name)->start;
}


# What a sanitizer needs to know; nginx leaves its pools to the kernel when it
# exits, so leaks are looked for in programs that free what they take.
sub environment {
    my ($self, $leaks) = @_;

    return {} unless sanitized();

    my $log = "log_path=$self->{dir}/sanitizer/report";
    return {
        # Each dynamic module of nginx defines the same few tables.
        ASAN_OPTIONS => "detect_leaks=$leaks:detect_odr_violation=0:$log",
        UBSAN_OPTIONS => "print_stacktrace=1:$log"
    };
}


# partnerd's processes under `make valgrind`, which says what is wrong among a
# sanitizer's reports.
sub _memcheck {
    my ($self) = @_;

    return [] unless $ENV{PARTNER_VALGRIND};
    return [qw(valgrind -q --leak-check=full --error-exitcode=99
        --child-silent-after-fork=yes),
        "--log-file=$self->{dir}/sanitizer/memcheck.%p"];
}


# The errors of `nginx -t` for directives at the http level ('' when it likes
# them), one a line, without the stamp.
sub config_error {
    my ($self, $fragment) = @_;

    my ($status, $said) = $self->config_check(
        "%%GLOBALS%%\nload_module %%MODULE%%;\nevents {}\n"
        . "http {\n%%GLOBALS_HTTP%%\n$fragment\n}\n");

    return '' if $status == 0;
    return join("\n", $said =~ /\[emerg\] (?:\d+#\d+: )?(.*)/g) || $said;
}


# Runs `nginx -t` on a whole configuration: (exit status, what it said).
sub config_check {
    my ($self, $conf) = @_;

    my $prefix = "$self->{dir}/check";
    make_path($prefix);

    local $self->{define} = { %{$self->{define}}, _places($prefix) };
    my $nginx = Partner::Nginx->new(prefix => $prefix,
        env => $self->environment(0))->conf($self->expand($conf));

    Partner::Ports::release(values %{$self->{ports}});
    my @result = $nginx->check;
    remove_tree($prefix);

    return @result;
}


# A file in the test's directory; returns its path.
sub write_file {
    my ($self, $name, $text) = @_;
    my $file = "$self->{dir}/$name";

    make_path(dirname($file));
    open(my $fh, '>', $file) or croak "$file: $!";
    print $fh $text;
    close($fh) or croak "$file: $!";

    return $file;
}


sub read_file {
    my ($self, $name) = @_;

    open(my $fh, '<', $name =~ m{^/} ? $name : "$self->{dir}/$name")
        or croak "$name: $!";
    local $/;
    return <$fh> // '';
}


# One request to the port called 8080, on a connection of its own.
sub request {
    my ($self, $method, $uri, %o) = @_;
    return Partner::Http::once($self->port($o{port} // 8080), $method, $uri,
        %o);
}


sub get {
    my ($self, $uri, %o) = @_;
    return $self->request('GET', $uri, %o);
}


# The same with a key in the header where partners put it.
sub get_as {
    my ($self, $key, $uri, %o) = @_;
    return $self->get($uri, %o, headers => {
        Authorization => "Bearer $key", %{$o{headers} || {}}
    });
}


sub connect {
    my ($self, $port) = @_;
    return Partner::Http->new($self->port($port // 8080));
}


sub parallel {
    my ($self, $requests, %o) = @_;
    return Partner::Http::parallel($self->port($o{port} // 8080), $requests,
        %o);
}


# A response through curl, or undef; in a list also curl's exit status.
sub curl {
    my ($self, @arguments) = @_;

    require Partner::Curl;
    my @result = Partner::Curl::call($self->{dir},
        map { $self->expand($_) } @arguments);

    return wantarray ? @result : $result[0];
}


# A self-signed certificate for localhost: %%CERT%% and %%CERT_KEY%%.
sub certificate {
    my ($self) = @_;
    my ($cert, $key) = map { "$self->{dir}/localhost.$_" } qw(crt key);

    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
        . " -nodes -days 2 -subj /CN=localhost"
        . " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
        . " -keyout $key -out $cert 2>>$self->{dir}/openssl.log") == 0
        or croak 'openssl req failed: '
            . Partner::Process::tail("$self->{dir}/openssl.log");

    $self->define(CERT => $cert, CERT_KEY => $key);
    return $cert;
}


sub wait_until(&;$) {
    my ($condition, $seconds) = @_;
    return Partner::Process::wait_until($condition, $seconds);
}


sub redis {
    my ($self, $name, %o) = @_;

    require Partner::Redis;
    $name //= 'redis';
    my $redis = Partner::Redis->new(dir => "$self->{dir}/$name", %o)->start;
    $self->define(uc $name => 'unix:' . $redis->socket);

    return $redis;
}


# A server of its own; the template is shared by the tests of one run.
sub postgres {
    my ($self, $name, %o) = @_;

    require Partner::Postgres;
    $name //= 'postgres';
    my $run = $ENV{PARTNER_RUN_DIR};
    my $postgres = Partner::Postgres->new(dir => "$self->{dir}/$name",
        template => $run && "$run/postgres");
    $o{follows} ? $postgres->follow($o{follows}) : $postgres->start;
    $self->define(uc $name => $postgres->conninfo);

    return $postgres;
}


# partnerd with a migrated database, serving and, unless `work` is 0, with its
# worker.  Takes `postgres` and `redis`, or starts them.
sub partnerd {
    my ($self, %o) = @_;

    require Partner::Partnerd;
    my $postgres = $o{postgres} || $self->postgres;
    my $redis = $o{redis} || $self->redis;
    my $services = "$top/upstream-services";

    my $partnerd = Partner::Partnerd->new(
        dir => "$self->{dir}/partnerd", binary => build() . '/partnerd',
        under => $self->_memcheck, environment => {
            %{$self->environment(1)},
            PARTNERD_DATABASE => $postgres->conninfo,
            PARTNERD_REDIS => 'unix:' . $redis->socket,
            PARTNERD_CONTRACT => "$services/contract",
            PARTNERD_SQL => "$services/sql",
            PARTNERD_AUDIT_HEAD => "$self->{dir}/audit.head",
            %{$self->_subject_keys},
            %{$o{environment} || {}}
        }
    );

    $partnerd->{postgres} = $postgres;
    $partnerd->{redis} = $redis;
    $self->define(PARTNERD => 'unix:' . $partnerd->socket);

    $partnerd->migrate;
    $partnerd->serve;
    $partnerd->work unless defined $o{work} && !$o{work};

    return $partnerd;
}


# A folder for the keys of personal data, and the key that encrypts them.
sub _subject_keys {
    my ($self) = @_;
    my ($dir, $master) = map { "$self->{dir}/$_" } qw(subjects master.key);

    if (!-d $dir) {
        mkdir($dir, 0700) or croak "$dir: $!";
        $self->write_file('master.key', '0123456789abcdef' x 4);
        chmod(0600, $master);
    }

    return { PARTNERD_SUBJECT_KEYS => $dir, PARTNERD_MASTER_KEY => $master };
}


# The sandbox: rides, leads and policies, with personal data in them.
sub sandbox {
    my ($self, @options) = @_;

    my $dir = "$self->{dir}/sandbox";
    mkdir($dir) or croak "$dir: $!" unless -d $dir;
    my $socket = "$dir/sandbox.sock";

    my $process = Partner::Process->start(
        name => 'sandbox', dir => $dir, log => "$dir/sandbox.log",
        env => $self->environment(1),
        argv => [build() . '/sandbox', '--listen', "unix:$socket", @options]
    );

    $process->wait_ready(sub { Partner::Process::accepts($socket) });
    chmod(0777, $socket);
    $self->define(SANDBOX => "unix:$socket");

    return $process;
}


# A server whose answers are the handler's, see Partner::Upstream.
sub upstream {
    my ($self, $handler, $name) = @_;

    require Partner::Upstream;
    $name //= 'upstream';
    my $upstream = Partner::Upstream->start(dir => "$self->{dir}/$name",
        handler => $handler);
    $self->define(uc $name => 'unix:' . $upstream->socket);

    return $upstream;
}


# A test that passes as soon as the condition holds, within the time given.
sub soon(&$;$) {
    my ($condition, $name, $seconds) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::ok(
        Partner::Process::wait_until($condition, $seconds), $name);
}


# A line that this test provokes on purpose.
sub expect_alert { push @{$_[0]{expected}{alert}}, $_[1] }
sub expect_emerg { push @{$_[0]{expected}{emerg}}, $_[1] }
sub expect_sanitizer { push @{$_[0]{expected}{sanitizer}}, $_[1] }


# This test kills a parent and answers for the children itself.
sub expect_leftovers { $_[0]{leftovers_expected} = 1 }


# Ends everything and returns what is wrong with the world that was.
sub verdict {
    my ($self) = @_;

    Partner::Process::stop_all();

    my @problems;
    Partner::Process::wait_until(
        sub { !Partner::Process::leftovers($self->{dir}) }, 5)
        unless $self->{leftovers_expected};

    for my $left (Partner::Process::leftovers($self->{dir})) {
        push @problems, "process left over: $left->[0] $left->[1]"
            unless $self->{leftovers_expected};
    }

    Partner::Process::end_leftovers($self->{dir});

    push @problems, map { "had to be killed: $_" }
        splice(@Partner::Process::stubborn);
    push @problems, Partner::Logs::judge($self->{dir}, $self->{expected});

    $self->{judged} = 1;
    return @problems;
}


# The last line of each test: the verdict on every world is a test as well.
sub done_testing {
    for my $world (@worlds) {
        my @problems = $world->verdict;
        Test::More::is(join("\n", @problems), '',
            'nothing left over, nothing in the logs');
    }

    Test::More::done_testing();
}


sub _keep {
    my ($dir) = @_;
    Test::More::diag("logs and configuration: $dir");
}


END {
    if ($$ == $owner) {
        my $status = $?;
        my $failed = $status || !Test::More->builder->is_passing;

        for my $world (@worlds) {
            if (!$world->{judged}) {
                my @problems = $world->verdict;
                Test::More::diag($_) for @problems;
                $failed = 1 if @problems;
            }

            if ($failed) {
                _keep($world->{dir});
            } else {
                remove_tree($world->{dir});
            }
        }

        $? = $status || ($failed ? 1 : 0);
    }
}


1;
