#!/usr/bin/perl

# Lines, sequences and events of JSON are redacted document by document,
# wherever they are cut; what is none ends the connection, or all are refused.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();
my $secret = 'ada-secret';
my ($open, $shut) = ("{\"email\":\"$secret\",\"gone\":1,\"n\":10.00}",
    '{"email":"***","n":10.00}');

$t->write_file('keys.json', registry($key => {}));

# Type => what the upstream sends, what arrives, and a bad document more.
my %streams = (
    'application/x-ndjson' => ["$open\n\n$open\r\n[1]", "$shut\n\n$shut\r\n[1]",
        "\n{\"email\":\"$secret\n\"}\n"],
    'application/jsonl' => ["$open\n", "$shut\n", "\"$secret\n"],
    'application/json-seq' => ["\x1e$open\n\x1e[\n$open]\n",
        "\x1e$shut\n\x1e[\n$shut]\n", "\x1e{\"email\":\"$secret\x1e{}\n"],
    'text/event-stream' => [
        ": $secret\nid: 7\ndata:$open\r\n\r\ndata: [\ndata: $open]\n"
            . "event: ride\nx: $secret\n\n",
        ":\ndata: $shut\nid: 7\n\ndata: [\ndata: $shut]\nevent: ride\n\n",
        "data: {\"email\":\"$secret\ndata: \"}\n\n"],
    'Text/Event-Stream;charset=utf-8' => ["data: $open\n\n",
        "data: $shut\n\n", "id: $secret\@b.example\ndata: 1\n\n"],
);
my @types = sort keys %streams;

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($kind, $number, $at) = $request->{uri} =~ m{/(\w+)/(\d+)/(\d+)$};
    my $type = $types[$number];
    my ($body, undef, $bad) = @{$streams{$type}};

    $body .= $bad if $kind eq 'bad';
    my @pieces = $at == 0 ? split(//, $body)
        : grep { length } substr($body, 0, $at), substr($body, $at);

    print $connection "HTTP/1.1 200 -\r\nContent-Type: $type\r\n"
        . "Transfer-Encoding: chunked\r\n\r\n"
        . join('', map { sprintf "%x\r\n%s\r\n", length, $_ } @pieces, '');

    return 1;
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile personal email=mask gone=drop;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        partner_redact personal;
        add_header X-Redactions $partner_redactions always;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /unbuffered/ {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /pass/ {
            partner_redact personal other=pass;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /refused/ {
            partner_redact personal other=pass streams=refuse;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location = /metrics {
            partner_auth off;
            partner_redact off;
            partner_metrics;
        }
    }
}
EOC


# Whatever comes until the connection ends.
sub seen {
    my ($uri) = @_;

    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri, headers => {
        Authorization => "Bearer $key", Connection => 'close' }));
    $http->closed;

    return $http->unread;
}


sub total {
    my ($sum) = $t->get('/metrics')->body
        =~ /^partner_redactions_total\{tier="gold"\} (\d+)$/m;
    return $sum;
}


for my $number (0 .. $#types) {
    my ($body, $clean) = @{$streams{$types[$number]}};
    my @wrong;

    for my $at (0 .. length $body) {
        my $got = $t->get_as($key, "/unbuffered/good/$number/$at")->body;
        push @wrong, "$at: $got" if $got ne $clean;
    }

    is_deeply \@wrong, [], "$types[$number]: cut at each byte, and at all";

    my $before = total();
    is $t->get_as($key, "/pass/good/$number/9")->body, $clean,
        'redacted where other types pass, and buffered';
    is total() - $before, 2 * (() = $body =~ /"email"/g), 'all are counted';

    for my $at (0, length($body) + 2) {
        my $seen = seen("/unbuffered/bad/$number/$at");
        unlike $seen, qr/\Q$secret\E/, 'a bad document: nothing of it';
        unlike $seen, qr/\r\n0\r\n\r\n\z/, 'and the end is missing';
    }

    my $r = $t->get_as($key, "/refused/good/$number/0");
    is $r->status . ' ' . $r->code, '502 response_not_redactable',
        'refused where streams are';
    unlike $r->body, qr/\Q$secret\E/, 'with nothing of it';
}

like $t->config_error("partner_zone zone=p:1m;\n"
    . "partner_redact_profile p a=mask;\npartner_redact p streams=pass;"),
    qr/invalid parameter "streams=pass", allowed is other=refuse or/,
    'what is allowed is said';

done_testing;
