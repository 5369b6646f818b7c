#!/usr/bin/perl

# Each line of docs/usage.md: what a call is counted as, and how often.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(sum0);
use Partner::Http2;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;

$t->write_file('api.json', <<'EOC');
{"openapi": "3.1.0", "security": [], "paths": {
    "/contract/known": {"get": {"operationId": "known"}}}}
EOC
$t->write_file('html/there', "there\n");
mkdir($t->dir . '/memory') or die "memory: $!";
chmod(0777, $t->dir . '/memory') or die "memory: $!";


sub answer {
    my ($connection, $request) = @_;
    my ($uri) = $request->{uri} =~ m{^([^?]*)};

    if ($uri =~ m{^/slow}) {
        print $connection "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        sysread($connection, my $nothing, 1);
        return 0;
    }

    if ($uri =~ m{^/(?:short|stall)}) {
        print $connection "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
        sysread($connection, my $nothing, 1) if $uri =~ /stall/;
        return 0;
    }

    if ($uri =~ /tunnel/) {
        print $connection "HTTP/1.1 101 Switching Protocols\r\n"
            . "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        sysread($connection, my $nothing, 1);
        return 0;
    }

    # Ten bytes of thirty for each part, and the second part is cut.
    if ($uri =~ m{^/slices(/cut)?}) {
        my $cut = $1;
        my ($from) = $request->{header}{range} =~ /(\d+)-/;
        $cut &&= $from == 10;
        print $connection "HTTP/1.1 206 Partial Content\r\n"
            . "Content-Range: bytes $from-@{[$from + 9]}/30\r\n"
            . "Content-Length: 10\r\n\r\n" . 'x' x ($cut ? 5 : 10);
        return 0;
    }

    if ($uri =~ m{^/(?:late|wait)}) {
        sysread($connection, my $nothing, 1);
        return 0;
    }

    my %headers = ('/accel' => 'X-Accel-Redirect: /target',
        '/accel/file' => 'X-Accel-Redirect: /there',
        '/cached' => 'Cache-Control: max-age=3600',
        '/cached/status/404' => 'Cache-Control: max-age=3600',
        '/text/encoded' => 'Content-Encoding: br');
    my $status = $uri =~ m{/status/(\d+)} ? $1 : 200;
    return Partner::Upstream::answer($connection, $status,
        $uri =~ /large/ ? ' ' x 16_000_000
            : $uri =~ /text/ ? '[' . '1,' x 50_000 . 'no json' : '{"a":1}',
        $headers{$uri} // ());
}


my $upstream = $t->upstream(\&answer);


# A connection on which a body follows that is not as it was announced.
sub posted {
    my ($key, $framing, $body) = @_;
    my $http = $t->connect;
    $http->send("POST / HTTP/1.1\r\nHost: localhost\r\n"
        . "Authorization: Bearer $key\r\n$framing\r\n\r\n");
    $http->send($body);
    return $http;
}

# What came of a call whose answer need not be whole.
sub cut {
    my ($key, $uri) = @_;
    my $response = eval { $t->get_as($key, $uri) };
    return $response ? $response->status : 'cut';
}


# Over HTTP/2, and read until something of the body is there.
sub stream {
    my ($key, $uri) = @_;
    my $http = Partner::Http2->new($t->connect(8083));
    $http->get(1, $uri, Authorization => "Bearer $key");
    return $http;
}


# Asks, waits for the answer to begin, and reads no more.
sub begun {
    my ($key, $uri, %headers) = @_;
    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri,
        headers => { Authorization => "Bearer $key", %headers }));
    wait_until { $http->_read; length $http->unread };
    return $http;
}


my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

    partner_zone    zone=partners:1m;
    partner_journal %%DIR%%/memory/journal size=1m;
    partner_keys    %%DIR%%/keys.json;
    partner_tier    gold limit_mode=local latency=1h;
    partner_tier    silver latency=1ms;
    partner_redis   unix:%%DIR%%/none.sock;
    partner_limit_policy one rate=1r/d burst=1;
    partner_limit_policy dry rate=1r/d burst=1 dry_run=on;
    partner_redact_profile mail email=mask;

    upstream second {
        server 127.0.0.1:%%PORT_8082%%;
        server %%UPSTREAM%%;
    }

    log_subrequest on;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8083%% http2;
        root %%DIR%%/html;
        client_max_body_size 10;
        client_body_timeout 100ms;
        partner_auth key;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /slow {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /tunnel {
            proxy_http_version 1.1;
            proxy_set_header Connection upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_read_timeout 100ms;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /slices {
            slice 10;
            proxy_set_header Range $slice_range;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /ignored {
            proxy_ignore_client_abort on;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /stall {
            proxy_read_timeout 100ms;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /short/unbuffered {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /short/kept {
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_cache_valid 1h;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /large {
            send_timeout 100ms;
            proxy_max_temp_file_size 0;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /large/unbuffered {
            send_timeout 100ms;
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /dead { proxy_pass http://127.0.0.1:%%PORT_8082%%; }
        location /late {
            proxy_read_timeout 50ms;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /mended {
            error_page 502 =200 /there;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }
        location /cached {
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /text {
            partner_redact mail;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /one { partner_limit one; proxy_pass http://%%UPSTREAM%%; }
        location /dry { partner_limit dry; proxy_pass http://%%UPSTREAM%%; }
        location /write {
            partner_scope write:rides;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /contract/ {
            partner_contract %%DIR%%/api.json;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /there { }
        location /try { try_files /none /target; }
        location /target { proxy_pass http://%%UPSTREAM%%; }
        location /second { proxy_pass http://second; }
        location /many {
            auth_request /permit;
            mirror /copy;
            proxy_pass http://%%UPSTREAM%%;
        }
        location = /permit { proxy_pass http://%%UPSTREAM%%; }
        location = /copy { internal; proxy_pass http://%%UPSTREAM%%; }
        location /nothing { return 405; }
        location /barred {
            auth_request /status/403;
            proxy_pass http://%%UPSTREAM%%;
        }
        location /denied { deny all; proxy_pass http://%%UPSTREAM%%; }
        location /health {
            partner_auth off;
            proxy_pass http://%%UPSTREAM%%;
        }
    }
}
EOC

# A line of the document, then what is called, the statuses, and what the
# partner's counters are afterwards, in a tier where nothing is slow unless
# another is named.  Each case has a partner of its own.
my @unread;
my @cases = (
    ['the API answers 2xx', sub {
        my ($key) = @_;
        return length stream($key, '/status/200')->body(1),
            $t->get_as($key, '/slices')->status,
            map { $t->request($_->[0], $_->[1], headers => {
                Authorization => "Bearer $key" })->status }
            ['GET', '/status/200'], ['GET', '/status/204'],
            ['HEAD', '/status/200'];
    }, '7 200 200 204 200', { ok => 5 }],
    ['the API turns to another protocol (101), however that ends', sub {
        my ($key) = @_;
        my $http = begun($key, '/tunnel', Connection => 'upgrade',
            Upgrade => 'websocket');
        return substr($http->unread, 9, 3), $http->closed;
    }, '101 1', { ok => 1 }],
    ['the API answers 3xx, or 304 to what the partner has',
        '/status/302 /status/304', '302 304', { ok => 2 }],
    ['the API answers 4xx, its own 401, 403 and 429 too',
        '/status/401 /status/403 /status/404 /status/429', '401 403 404 429',
        { client_error => 4 }],
    ['the API answers 5xx', '/status/500 /status/503', '500 503',
        { server_error => 2 }],
    ['the API is not reached (502), or too slow (504)', '/dead /late',
        '502 504', { server_error => 2 }],
    ['`error_page` makes a success of a failure', '/mended', '200',
        { ok => 1 }],
    ["nginx' cache answers", '/cached /cached /cached/status/404 '
        . '/cached/status/404', '200 200 404 404',
        { ok => 2, client_error => 2 }],
    ['the answer cannot be redacted, or ends early for it', sub {
        return cut($_[0], '/text/encoded'), cut($_[0], '/text');
    }, '502 cut', { server_error => 2 }],
    ['the API begins an answer, or a slice of it, and does not end it', sub {
        my ($key) = @_;
        return (map { cut($key, $_) =~ s/504/cut/r } qw(/short
            /short/unbuffered /short/kept /stall /slices/cut)),
            map { stream($key, $_)->body(1) // 'cut' } qw(/short
            /short/unbuffered);
    }, 'cut cut cut cut cut cut cut', { server_error => 7 }],
    ['the partner leaves before the answer is whole (499)', sub {
        my ($key) = @_;
        begun($key, '/slow')->close;
        my $stream = stream($key, '/reset/large');
        $stream->some(1);
        $stream->reset(1);
        push @unread, $stream;

        begun($key, '/ignored/large')->close;

        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET', '/wait',
            headers => { Authorization => "Bearer $key" }));
        wait_until { grep { $_->{uri} eq '/wait' } $upstream->requests };
        $http->close;
        return;
    }, '', { aborted => 4 }],
    ['the partner stops reading the answer (`send_timeout`)', sub {
        push @unread, map { begun($_[0], $_) } qw(/large /large/unbuffered);
        return;
    }, '', { aborted => 2 }, 'silver'],
    ['refused by a limit (429)', '/one /one /one', '200 429 429',
        { ok => 1, refused => 2 }],
    ['refused by a limit in `dry_run`', '/dry /dry', '200 200', { ok => 2 }],
    ['refused for its scope, state or network (401, 403)', '/write', '403',
        { refused => 1 }],
    ['refused by the contract (404, 405)', sub {
        my ($key) = @_;
        return map { $_->status } $t->get_as($key, '/contract/other'),
            $t->request('PUT', '/contract/known',
                headers => { Authorization => "Bearer $key" });
    }, '404 405', { refused => 2 }],
    ['nginx refuses the body as it reads it (400, 408, 413)', sub {
        my ($key) = @_;
        my $late = posted($key, 'Content-Length: 5', 'abc');
        $late->closed;
        return map { $_->response('POST')->status }
            posted($key, 'Transfer-Encoding: chunked', "zz\r\n"),
            posted($key, 'Transfer-Encoding: chunked',
                "b\r\n" . 'x' x 11 . "\r\n0\r\n\r\n");
    }, '400 413', { refused => 3 }],
    ['another module of nginx refuses it (`auth_request`, `deny`)',
        '/barred /denied', '403 403', { refused => 2 }],
    ["any other 4xx of nginx' own, as of a file that is missing",
        '/there/not', '404', { refused => 1 }],
    ['refused before its partner is known (401, 503)', sub {
        return map { $_->status } $t->get('/'), $t->get_as(new_key(), '/');
    }, '401 503', {}],
    ['refused by nginx before the access phase (400, 413, `return`)', sub {
        my ($key) = @_;
        return map { $_->status } $t->request('POST', '/',
            headers => { Authorization => "Bearer $key" }, body => 'x' x 11),
            $t->get_as($key, '/nothing');
    }, '413 405', {}],
    ['a health check without a key, at `partner_auth off`', sub {
        return $t->get('/health')->status;
    }, '200', {}],
    ['a health check with a key', '/status/200', '200', { ok => 1 }],
    ['an internal redirect (`X-Accel-Redirect`, `try_files`)', '/accel /try',
        '200 200', { ok => 2 }],
    ['another try at the next server', '/second /second', '200 200',
        { ok => 2 }],
    ['subrequests (`auth_request`, `mirror`)', '/many', '200', { ok => 1 }],
    ['several calls on one connection', sub {
        my ($key) = @_;
        my $http = $t->connect;
        return map { $http->request('GET', '/status/200', headers => {
            Authorization => "Bearer $key" })->status } 1 .. 3;
    }, '200 200 200', { ok => 3 }],
);

my @keys = map { new_key() } @cases;
$t->write_file('keys.json', registry(map { $keys[$_] => {
    partnerId => "p$_", tier => $cases[$_][4] // 'gold',
    scopes => ['read:rides'] } } 0 .. $#cases));
$t->run($conf);


my $reader = Partner::Test::build() . '/journal ' . $t->dir
    . '/memory/journal';

# Outcome -> calls, as the journal has them; and those that are promised.
sub counted {
    my ($partner) = @_;
    my ($promised, %calls) = 0;

    for (split(/\n/, `$reader`)) {
        next unless m{^\d+/\Q$partner\E/-/[^/]+/(\w+)/\w+/\d+ (.*)};
        my @n = split(/ /, $2);
        $calls{$1} += $n[0];
        $promised += $n[4];
    }

    return (\%calls, $promised);
}


sub line {
    my ($counted) = @_;
    return join(' ', map { "$_ x $counted->{$_}" } sort keys %$counted);
}


my $document = $t->read_file($t->top . '/docs/usage.md');
my %promised = $document =~ /^\| .*? \| `(\w+)` \| \w+ \| (yes|no)/mg;

for my $i (0 .. $#cases) {
    my ($name, $calls, $statuses, $expected) = @{$cases[$i]};

    subtest $name => sub {
        my @got = ref $calls ? $calls->($keys[$i])
            : map { $t->get_as($keys[$i], $_)->status } split(/ /, $calls);
        is "@got", $statuses, 'statuses' if $statuses;
        soon { line(counted("p$i")) eq line($expected) } 'counted'
            or diag(line(counted("p$i")));
        is((counted("p$i"))[1], sum0(@$expected{grep { $promised{$_} eq 'yes' }
            keys %$expected}), 'and promised');
    };
}

my %tested = map { $_->[0] => $_->[3] } @cases;
my %billable = $document =~ /^\| .*? \| `(\w+)` \| (yes|no) \|/mg;
my @lines = $document =~ /^\| (.*?) \| (?:`|\w).*? \| \w[\w ]* \| .*? \|$/mg;
@lines = grep { $_ ne 'Call' } @lines;

is_deeply [sort @lines], [sort keys %tested], 'each line has its test';
is_deeply \%billable, { ok => 'yes', client_error => 'yes',
    server_error => 'no', refused => 'no', aborted => 'no' },
    'an outcome is billable or not, whatever the call';

done_testing;
