#!/usr/bin/perl

# Ways around redaction: spellings, encodings and shapes of an answer that have
# let personal data through elsewhere.  Each is redacted, or does not pass.

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib qw(compress memGzip);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant SECRET => 'ada-secret';

my $t = Partner::Test->new;
my $key = new_key();
my $secret = SECRET;

$t->write_file('keys.json', registry($key => {}));

my $deep = 5000; # beyond the ceiling of lp_json.h

# What the upstream sends, and what the partner may get; nothing: only a cut.
my %bodies = (
    'plain name' => ["{\"email\":\"$secret\"}", '{"email":"***"}'],
    'escaped name' => ["{\"\\u0065mail\":\"$secret\"}",
        '{"\u0065mail":"***"}'],
    'wholly escaped name' =>
        ["{\"\\u0065\\u006D\\u0061\\u0069\\u006c\":\"$secret\"}",
        '{"\u0065\u006D\u0061\u0069\u006c":"***"}'],
    'name in capitals' => ["{\"EmAiL\":\"$secret\"}", '{"EmAiL":"***"}'],
    'name with a blank before its colon' =>
        ["{\"email\" \t\r\n: \"$secret\"}", "{\"email\" \t\r\n: \"***\"}"],
    'duplicate names' => ["{\"email\":\"$secret\",\"email\":\"$secret\"}",
        '{"email":"***","email":"***"}'],
    'duplicates, the first harmless' =>
        ["{\"email\":null,\"email\":\"$secret\"}",
        '{"email":"***","email":"***"}'],
    'name beside a surrogate pair' =>
        ["{\"\\ud83d\\ude00\":1,\"email\":\"\\ud83d\\ude00$secret\"}",
        '{"\ud83d\ude00":1,"email":"***"}'],
    'quote within an escape' =>
        ["{\"x\":\"\\\"\",\"email\":\"\\\\\",\"card\":\"$secret\"}",
        '{"x":"\"","email":"***","card":null}'],
    'backslashes to the end' =>
        ["{\"x\":\"\\\\\\\\\",\"email\":\"$secret\"}",
        '{"x":"\\\\\\\\","email":"***"}'],
    'a name as a value' => ["{\"x\":\"email\",\"email\":\"$secret\"}",
        '{"x":"email","email":"***"}'],
    'a value that looks like a member' =>
        ['{"x":"\",\"y\":\"","email":"' . $secret . '"}',
        '{"x":"\",\"y\":\"","email":"***"}'],
    'objects and arrays below the name' =>
        ["{\"email\":[{\"a\":[\"$secret\"]},\"$secret\"]}",
        '{"email":"***"}'],
    'a number' => ['{"email":4111111111111111}', '{"email":"***"}'],
    'a huge number' => ['{"n":' . '9' x 900 . ",\"email\":\"$secret\"}",
        '{"n":' . '9' x 900 . ',"email":"***"}'],
    'a number beyond floats' => ["{\"n\":1E400,\"email\":\"$secret\"}",
        '{"n":1E400,"email":"***"}'],
    'nested deeply' => ['[' x 200 . "{\"email\":\"$secret\"}" . ']' x 200,
        '[' x 200 . '{"email":"***"}' . ']' x 200],
    'in an array of arrays' => ["[[[{\"email\":\"$secret\"}]]]",
        '[[[{"email":"***"}]]]'],
    'lone surrogate in a name' =>
        ["{\"\\ud83d\":1,\"email\":\"$secret\"}",
        '{"\ud83d":1,"email":"***"}'],
    'low surrogate first' => ["{\"\\ude00\":1,\"email\":\"$secret\"}",
        '{"\ude00":1,"email":"***"}'],
    'a long name before' => ['{"' . 'e' x 200 . "\":1,\"email\":\"$secret\"}",
        '{"' . 'e' x 200 . '":1,"email":"***"}'],

    'overlong UTF-8' => ["{\"\xc1\xa5mail\":\"$secret\"}"],
    'overlong UTF-8 of three' => ["{\"\xe0\x81\xa5mail\":\"$secret\"}"],
    'surrogates in UTF-8' => ["{\"\xed\xa0\xbd\":\"$secret\"}"],
    'beyond Unicode' => ["{\"\xf4\x90\x80\x80\":\"$secret\"}"],
    'cut UTF-8' => ["{\"x\":\"\xc3\",\"email\":\"$secret\"}"],
    'Latin-1' => ["{\"x\":\"\xe9\",\"email\":\"$secret\"}"],
    'byte order mark' => ["\xef\xbb\xbf{\"email\":\"$secret\"}"],
    'UTF-16' => [join('', map { "\0$_" } split(//,
        "{\"email\":\"$secret\"}"))],
    'NUL in a name' => ["{\"email\0\":\"$secret\"}"],
    'NUL in front' => ["\0{\"email\":\"$secret\"}"],
    'nested too deeply' => ['[' x $deep . "{\"email\":\"$secret\"}"
        . ']' x $deep],
    'single quotes' => ["{'email':'$secret'}"],
    'no quotes' => ["{email:\"$secret\"}"],
    'comments' => ["{/* \"x\":\" */\"email\":\"$secret\"}"],
    'trailing comma' => ["{\"a\":1,}{\"email\":\"$secret\"}"],
    'two documents' => ["{}\n{\"email\":\"$secret\"}"],
    'a guard before the document' => [")]}',\n{\"email\":\"$secret\"}"],
    'a call around the document' => ["cb({\"email\":\"$secret\"})"],
    'a sequence' => ["\x1e{\"email\":\"$secret\"}\n"],
    'not a number' => ["{\"n\":NaN,\"email\":\"$secret\"}"],
    'an unknown escape' => ["{\"\\x65mail\":\"$secret\"}"],
);

my $plain = $bodies{'plain name'}[0];
my $at = sub { my ($name) = @_; $name =~ s/ /_/g; return $name };
my %by_path = map { $at->($_) => $bodies{$_}[0] } keys %bodies;

# Fields of an answer under which its body is not what it seems.
my %fields = (
    gzip => ["Content-Encoding: gzip", memGzip($plain)],
    deflate => ["Content-Encoding: deflate", compress($plain)],
    br => ['Content-Encoding: br', $plain],
    zstd => ['Content-Encoding: zstd', $plain],
    twice => ['Content-Encoding: identity, gzip', memGzip($plain)],
    two_fields => ["Content-Encoding: identity\r\nContent-Encoding: gzip",
        memGzip($plain)],
    unknown => ['Content-Encoding: x-rot13', $plain],
    text => ['Content-Type: text/plain', $plain],
    html => ['Content-Type: text/html', $plain],
    javascript => ['Content-Type: application/javascript', $plain],
    none => ['X-No-Type: 1', $plain],
    odd => ['Content-Type: json', $plain],
);

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($kind, $name, $status) = $request->{uri} =~ m{^/(\w+)/([^/?]*)/?(\d*)};
    my ($field, $body) = ('Content-Type: application/json');

    if ($kind eq 'body') {
        $name =~ s/%2C/,/g;
        $body = $by_path{$name};
    } else {
        ($field, $body) = @{$fields{$name}};
        $field .= "\r\nContent-Type: application/json"
            if $field =~ /Encoding/;
    }

    printf $connection "HTTP/1.1 %s -\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
        $status || 200, $field, length $body, $body;

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
    partner_redact_profile personal email=mask card=null;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        partner_redact personal;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location /unbuffered/ {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /gunzip/ {
            gunzip on;
            proxy_pass http://%%UPSTREAM%%:/;
        }
    }
}
EOC


# Whatever comes until the connection ends, or the answer does.
sub seen {
    my ($uri) = @_;

    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri, headers => {
        Authorization => "Bearer $key", Connection => 'close' }));
    $http->closed(10);

    return $http->unread;
}


for my $name (sort keys %bodies) {
    my $clean = $bodies{$name}[1];

    for my $prefix ('', '/unbuffered') {
        my $uri = "$prefix/body/" . $at->($name);
        $uri =~ s/,/%2C/g;

        if (defined $clean) {
            is $t->get_as($key, $uri)->body, $clean, "$prefix: $name";
            next;
        }

        my $seen = seen($uri);
        unlike $seen, qr/\Q$secret\E/, "$prefix: $name: nothing secret";
        like $seen, qr/\A(?:HTTP|\z)/, 'a head, or nothing';
        unlike $seen, qr/\r\n0\r\n\r\n\z/, 'and it does not end as a whole';
    }

    is $t->get_as($key, '/body/' . $at->($name) =~ s/,/%2C/gr . '/500')->body,
        $clean, "an error page: $name" if defined $clean;
}

for my $name (sort keys %fields) {
    for my $prefix ('', '/unbuffered', '/gunzip') {
        my $r = $t->get_as($key, "$prefix/field/$name");
        is $r->status . ' ' . ($r->code // ''),
            '502 response_not_redactable', "$prefix: $name is refused";
        unlike $r->head . $r->body, qr/\Q$secret\E/, 'with nothing of it';
    }
}

unlike $nginx->error_log =~ s/^.*\[debug\].*\n//mgr, qr/\Q$secret\E/,
    'the log has no data';

done_testing;
