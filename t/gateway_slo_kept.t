#!/usr/bin/perl

# An objective that a configuration lacks keeps its history for the next that
# has it, through reloads and restarts; where room is needed for another, the
# one that was called the longest ago gives way, and the log says so.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::INET;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $held = $t->dir . '/held';
my $upstream = $t->upstream(sub {
    my ($connection) = @_;
    wait_until { !-e $held };
    Partner::Upstream::answer($connection, 200, '{}');
});
my $key = new_key();
$t->write_file('keys.json', registry($key => { partnerId => 'p' }));

mkdir($t->dir . "/$_") or die "$_: $!" for qw(disk memory);
chmod(0777, $t->dir . '/memory') or die "memory: $!";

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    include %%DIR%%/more.conf;
    partner_journal %%DIR%%/memory/journal snapshots=%%DIR%%/disk;
    partner_keys    %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /held {
            partner_auth key;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
        location = /slo { partner_slo_status; }
    }
}
EOC

my $nginx;
my $size = '4m';

sub configure {
    my ($names, @more) = @_;
    $t->write_file('more.conf', join("\n", "partner_zone zone=partners:$size;",
        map({ "partner_slo $_ tier=gold;" } @$names), @more, ''));
}


sub start {
    configure([@_]);
    $nginx = $t->run($conf);
}


sub restart {
    $nginx->stop('QUIT');
    start(@_);
}


# Calls of thirty days by objective.
sub calls {
    return { map { $_->{name} => $_->{windows}{'30d'}{calls} }
        @{$t->get('/slo', port => 8081)->json->{objectives}} };
}


sub reload {
    my (@names) = @_;
    configure([@names]);
    $nginx->reload;
    soon { join(' ', sort keys %{calls()}) eq join(' ', sort @names) }
        "reloaded with @names";
}


# One more call, which each of these has seen so often by then.
sub call {
    my (%seen) = @_;
    is $t->get_as($key, '/')->status, 200, 'a call';
    soon { eq_hash(calls(), \%seen) } 'is counted';
}


start(qw(a b));
call(a => 1, b => 1);

reload(qw(b));
call(b => 2);
reload(qw(a b));
is_deeply calls(), { a => 1, b => 2 }, 'back after a reload';

restart(qw(b));
call(b => 3);
restart(qw(a b));
is_deeply calls(), { a => 1, b => 3 }, 'back after a restart';

restart();
reload(qw(a b));
is_deeply calls(), { a => 1, b => 3 }, 'after a start that had no objective';

restart();
restart(qw(a b));
is_deeply calls(), { a => 1, b => 3 }, 'and one more start';
unlike $nginx->error_log, qr/takes the room/,
    'there was room for all';

subtest 'no room' => sub {
    $size = '1m';
    restart('a');
    is_deeply calls(), { a => 1 }, 'of the file, the one that is asked for';
    like $nginx->error_log, qr/partner\.slo" [^\n]*\ which
        \ is\ 1:\ the\ history\ of\ "b"/x,
        'and the other is named';

    reload('b');
    like $nginx->error_log, qr/partner_slo\ "b"\ takes\ the\ room\ of\ "a",
        \ which\ the\ configuration\ no\ longer\ has/x,
        'who gives way is named';
    call(b => 1);

    my $taken = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "socket: $!";
    $t->expect_emerg(qr/bind\(\)/);
    configure(['c'], 'server { listen 127.0.0.1:' . $taken->sockport . '; }');
    $nginx->signal('HUP');
    ok $nginx->wait_log(qr/still could not bind/), 'a reload that is refused';
    call(b => 2);
    unlike $nginx->error_log, qr/"c" takes the room/, 'takes nothing';

    reload('a');
    is_deeply calls(), { a => 0 }, 'its history begins anew';
};

subtest 'a call that outlives its configuration' => sub {
    $t->write_file('held', '');
    my $call = $t->connect;
    my ($worker) = $nginx->workers;
    $call->send(Partner::Http::format_request('GET', '/held', headers => {
        Authorization => "Bearer $key" }));
    soon { my @asked = $upstream->requests; @asked == 1 } 'is asked';

    configure(['b']);
    $nginx->reload(graceful => 1);
    soon { join(' ', keys %{calls()}) eq 'b' } 'reloaded while it waits';
    unlink($held) or die "$held: $!";
    is $call->response->status, 200, 'is answered';
    soon { !kill(0, $worker) } 'and was the last of its worker';
    call(b => 1);
};

done_testing;
