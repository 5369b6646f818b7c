#!/usr/bin/perl

# A client that resets its HTTP/2 stream in the middle of a redacted answer: the
# other streams of its connection go on, so do other clients, and nothing of it
# stays behind.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant { DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4,
    WINDOW_UPDATE => 8 };
use constant { END_STREAM => 1, END_HEADERS => 4, CANCEL => 8 };

my $t = Partner::Test->new;
my $key = new_key();
my $record = '{"email":"ada-secret","note":"' . 'words ' x 40 . '"}';
my $megabyte = join(',', ($record) x (1048576 / length $record));

$t->write_file('keys.json', registry($key => {}));

$t->upstream(sub {
    my ($connection, $request) = @_;

    return Partner::Upstream::answer($connection, 200,
        $request->{uri} =~ /large/ ? "[$megabyte,$megabyte]" : $record);
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile personal email=mask;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8082%% http2;
        partner_auth key;
        partner_redact personal;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location = /metrics {
            partner_auth   off;
            partner_redact off;
            partner_metrics;
        }
    }
}
EOC


sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $stream) . $payload;
}


# Literals without indexing (RFC 7541, section 6.2.2), none beyond 126 bytes.
sub ask {
    my ($stream, $path) = @_;
    my @fields = (':method' => 'GET', ':scheme' => 'http', ':path' => $path,
        ':authority' => 'localhost', authorization => "Bearer $key");

    return frame(HEADERS, END_STREAM | END_HEADERS, $stream,
        join('', map { "\0" . pack('C/a C/a', @fields[$_, $_ + 1]) }
            map { 2 * $_ } 0 .. $#fields / 2));
}


my ($http, $in);

# The next frame: (type, flags, stream, payload).
sub next_frame {
    my $want = 9;

    while (1) {
        $want = 9 + unpack('N', "\0" . substr($in, 0, 3))
            if length $in >= 9;
        last if length $in >= $want && length $in >= 9;
        $in .= $http->piece // return;
    }

    my ($type, $flags, $stream) = unpack('x3 CCN', $in);
    my $payload = substr($in, 9, $want - 9);
    substr($in, 0, $want) = '';

    return ($type, $flags, $stream, $payload);
}


# All of a stream's body, whatever other streams still bring.
sub body_of {
    my ($wanted) = @_;
    my $body = '';

    while (my ($type, $flags, $stream, $payload) = next_frame()) {
        next if $stream != $wanted;
        $body .= $payload if $type == DATA;
        return $body if $flags & END_STREAM && $type <= HEADERS;
        return if $type == RST_STREAM;
    }

    return;
}


is $t->get_as($key, '/small')->json->{email}, '***', 'it runs';

my ($worker) = $nginx->workers;
my $before;

# KiB that the worker has at most had.
sub peak {
    return $t->read_file("/proc/$worker/status") =~ /^VmHWM:\s+(\d+)/m
        ? $1 : die 'no VmHWM';
}


for my $round (1 .. 40) {
    $before = peak() if $round == 20;
    ($http, $in) = ($t->connect(8082), '');
    $http->send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        . frame(SETTINGS, 0, 0, pack('nN', 4, 1 << 20))
        . frame(WINDOW_UPDATE, 0, 0, pack('N', 1 << 30))
        . ask(1, '/large'));

    my ($seen, $leaks) = (0, 0);

    while ($seen < 100_000
        and my ($type, $flags, $stream, $payload) = next_frame()) {
        next if $type != DATA;
        $seen += length $payload;
        $leaks++ if $payload =~ /ada-secret/;
    }

    # in mid-answer, and a call behind it
    $http->send(frame(RST_STREAM, 0, 1, pack('N', CANCEL))
        . ask(3, '/small'));
    my $body = body_of(3);

    if ($round == 1) {
        is $leaks, 0, 'redacted as far as it came';
        is $body, $record =~ s/ada-secret/***/r, 'another stream is answered';
        is $t->get_as($key, '/small')->json->{email}, '***',
            'and so is another client';
    }

    is $body, $record =~ s/ada-secret/***/r, "once more: $round"
        if $round == 40;
}

# without the blocks of each it would be more than a MiB
cmp_ok peak() - $before, '<=', 512, 'and has not grown';

is_deeply [$nginx->workers], [$worker], 'the worker is the same';

soon { $t->get('/metrics')->body
    =~ /^partner_requests_total\{tier="gold",outcome="aborted"\} 40$/m }
    'those that were reset have ended';
soon {
    my ($open) = map { scalar @$_ }
        [grep { (readlink($_) // '') =~ /^socket:/ }
            glob("/proc/$worker/fd/*")];
    $open <= 8;
} 'and hold no connection';

done_testing;
