#!/usr/bin/perl

# A client that resets its HTTP/2 stream in the middle of a redacted answer: the
# other streams of its connection go on, so do other clients, and nothing of it
# stays behind.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http2;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant { WINDOW => 1 << 16, ROUNDS => 100 };

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


is $t->get_as($key, '/small')->json->{email}, '***', 'it runs';

my ($worker) = $nginx->workers;
my $before;

# KiB that the worker has at most had.
sub peak {
    return $t->read_file("/proc/$worker/status") =~ /^VmHWM:\s+(\d+)/m
        ? $1 : die 'no VmHWM';
}


for my $round (1 .. ROUNDS) {
    $before = peak() if $round == 20; # the worker has warmed up
    my $http = Partner::Http2->new($t->connect(8082), window => WINDOW);
    $http->get(1, '/large', Authorization => "Bearer $key");

    # until it may bring no more, and blocks wait
    my $seen = $http->some(WINDOW);

    # in mid-answer, and a call behind it
    $http->reset(1);
    $http->get(3, '/small', Authorization => "Bearer $key");
    my $body = $http->body(3);

    if ($round == 1) {
        unlike $seen, qr/ada-secret/, 'redacted as far as it came';
        is $body, $record =~ s/ada-secret/***/r, 'another stream is answered';
        is $t->get_as($key, '/small')->json->{email}, '***',
            'and so is another client';
    }

    is $body, $record =~ s/ada-secret/***/r, "once more: $round"
        if $round == ROUNDS;
}

# a block that stayed behind with each stream would be more than a MiB
cmp_ok peak() - $before, '<=', 512, 'and has not grown';

is_deeply [$nginx->workers], [$worker], 'the worker is the same';

my $aborted = 'partner_requests_total{tier="gold",outcome="aborted"}';
soon { $t->get('/metrics')->body =~ /^\Q$aborted\E @{[ROUNDS]}$/m }
    'those that were reset have ended';
soon {
    my ($open) = map { scalar @$_ }
        [grep { (readlink($_) // '') =~ /^socket:/ }
            glob("/proc/$worker/fd/*")];
    $open <= 8;
} 'and hold no connection';

done_testing;
