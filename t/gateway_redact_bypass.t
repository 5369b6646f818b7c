#!/usr/bin/perl

# Ways around redaction: spellings, encodings and shapes of an answer that have
# let personal data through elsewhere.  Each is redacted, or does not pass.
#
# The list of ways, and the cases below that try each:
#
#   \u0065mail            escaped name, wholly escaped name
#   surrogate pairs       name beside a surrogate pair, lone surrogate in a
#                         name, low surrogate first
#   overlong UTF-8        overlong UTF-8, overlong UTF-8 of three
#   invalid UTF-8         surrogates in UTF-8, beyond Unicode, cut UTF-8,
#                         Latin-1, UTF-16
#   BOM, NUL              byte order mark, NUL in a name, NUL in front
#   duplicate keys        duplicate names; duplicates, the first harmless
#   deep nesting          nested deeply, nested too deeply
#   huge numbers          a huge number, a number beyond floats
#   NDJSON, SSE           streams (all of them: gateway_redact_streams.t)
#   gzip, deflate         gzip, deflate, gunzip on
#   unknown encodings     br, zstd, twice, two_fields, unknown
#   wrong content type    text, html, javascript, none, odd, list, charset,
#                         two_types, accel_charset
#   upgrade               a tunnel
#   framing               empty_but_for, trailed, coded, old, early
#   redirects             X-Accel-Redirect, intercepted
#   Range, 206, ETag      parts, tags
#   If-Match              conditions
#   HEAD, 204             without a body
#   error bodies          an error page
#   chunk boundaries      /bytes: each body in chunks of a byte
#   subrequest            subrequests; a subrequest that is kept in memory
#   caches                never kept (all of it: gateway_redact_cache.t,
#                         gateway_cache.t)

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib qw(compress memGzip);
use File::Find qw(find);
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
    list => ['Content-Type: application/json, text/html', $plain],
    charset => ['Content-Type: application/json; charset=utf-7',
        "{\"+AGU-mail\":\"$secret\"}"],
    accel_charset => ["Content-Type: application/json\r\n"
        . 'X-Accel-Charset: utf-7', "{\"+AGU-mail\":\"$secret\"}"],
    two_types => ["Content-Type: application/json; charset=utf-7\r\n"
        . 'Content-Type: application/json', "{\"+AGU-mail\":\"$secret\"}"],
);

# A stream of documents, and what may be seen of it.
my %streams = (
    'application/x-ndjson' => ["$plain\n{\"\\u0065mail\":\"$secret\"}\n",
        "{\"email\":\"***\"}\n{\"\\u0065mail\":\"***\"}\n"],
    'text/event-stream' => [": $secret\ndata: {\"email\":\n"
        . "data:\"$secret\"}\n\n", ":\ndata: {\"email\":\ndata: \"***\"}\n\n"],
);

# Heads before a body that may follow none of them, or only in part.
my %heads = (
    part => "206 -\r\nContent-Range: bytes 0-22/99",
    tagged => "200 -\r\nETag: \"$secret\"\r\nAccept-Ranges: bytes",
    empty => '204 -',
    unchanged => "304 -\r\nETag: \"1\"",
);

my $json = 'Content-Type: application/json';
my $chunk = sprintf("%x\r\n%s\r\n0\r\n", length $plain, $plain);

# Whole answers that are framed otherwise than others.
my %raw = (
    empty_but_for => "HTTP/1.1 200 -\r\n$json\r\nContent-Length: 0\r\n\r\n"
        . $plain,
    trailed => "HTTP/1.1 200 -\r\n$json\r\nTransfer-Encoding: chunked\r\n"
        . "Trailer: X-Email\r\n\r\n${chunk}X-Email: $secret\r\n\r\n",
    coded => "HTTP/1.1 200 -\r\n$json\r\nTransfer-Encoding: gzip, chunked"
        . "\r\n\r\n$chunk\r\n",
    old => $plain,
    early => "HTTP/1.1 103 -\r\nLink: </$secret>\r\n\r\nHTTP/1.1 200 -\r\n"
        . "$json\r\n\r\n$plain",
    redirecting => "HTTP/1.1 404 -\r\nX-Accel-Redirect: /body/plain_name\r\n"
        . "Content-Length: 0\r\n\r\n",
);

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($kind, $name, $status) = $request->{uri} =~ m{^/(\w+)/([^/?]*)/?(\d*)};
    my ($field, $body) = ('Content-Type: application/json');

    if ($kind eq 'body' || $kind eq 'bytes') {
        $name =~ s/%2C/,/g;
        $body = $by_path{$name};
    } elsif ($kind eq 'stream') {
        $name =~ s/%2F/\//;
        ($field, $body) = ("Content-Type: $name", $streams{$name}[0]);
    } elsif ($kind eq 'head') {
        printf $connection "HTTP/1.1 %s\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
            $heads{$name}, $field, length $plain, $plain;
        return 0;
    } elsif ($kind eq 'raw') {
        print $connection $raw{$name};
        return 0;
    } elsif ($kind eq 'tunnel') {
        print $connection "HTTP/1.1 101 -\r\nConnection: upgrade\r\n"
            . "Upgrade: websocket\r\n"
            . ($name eq 'empty' ? "Content-Length: 0\r\n" : '')
            . ($name eq 'stream' ? "Content-Type: text/event-stream\r\n" : '')
            . "\r\n$plain";
        return 0;
    } elsif ($kind eq 'page') {
        $body = qq({"email":"$secret","part":")
            . q(<!--# include virtual='/body/plain_name' -->"});
    } else {
        ($field, $body) = @{$fields{$name}};
        $field .= "\r\nContent-Type: application/json"
            if $field =~ /Encoding/;
    }

    if ($kind eq 'bytes') {
        print $connection "HTTP/1.1 200 -\r\n$field\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n"
            . join('', map { "1\r\n$_\r\n" } split(//, $body)) . "0\r\n\r\n";
        return 1;
    }

    printf $connection "HTTP/1.1 %s -\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
        $status || 200, $field, length $body, $body;

    return 1;
});

$t->write_file('echo.html', "<!--# include virtual='/body/plain_name' "
    . "set='b' wait='yes' --><!--# echo var='b' encoding='none' -->\n");
$t->write_file('refusal.txt', "not you\n");

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile personal email=mask card=null;

    proxy_http_version 1.1;
    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

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

        location /page/ {
            ssi on;
            ssi_types application/json;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /tunnel/ {
            proxy_set_header Connection upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /refused/ {
            error_page 401 =200 /refusal.txt;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location = /refusal.txt {
            partner_auth off;
            default_type text/plain;
            alias %%DIR%%/refusal.txt;
        }

        location /intercepted/ {
            proxy_intercept_errors on;
            error_page 404 = /body/plain_name;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /conditional/ {
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_cache_valid any 1h;
            error_page 412 = /body/plain_name;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location = /echo {
            partner_redact personal other=pass;
            ssi on;
            default_type text/html;
            alias %%DIR%%/echo.html;
        }

        location /kept/ {
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_cache_valid any 1h;
            proxy_pass http://%%UPSTREAM%%:/;
        }
    }
}
EOC


# Whatever comes until the connection ends, or the answer does.
sub seen {
    my ($uri, $method) = @_;

    my $http = $t->connect;
    $http->send(Partner::Http::format_request($method // 'GET', $uri,
        headers => { Authorization => "Bearer $key",
            Connection => 'close' }));
    $http->closed;

    return $http->unread;
}


for my $name (sort keys %bodies) {
    my $clean = $bodies{$name}[1];

    for my $prefix ('/body', '/unbuffered/body', '/bytes') {
        my $uri = "$prefix/" . $at->($name);
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

for my $type (sort keys %streams) {
    is $t->get_as($key, '/stream/' . $type =~ s/\//%2F/r)->body,
        $streams{$type}[1], "streams: $type";
}

subtest 'parts, tags' => sub {
    my %part = (headers => { Range => 'bytes=2-20', 'If-Range' => '"1"' });

    my $r = $t->get_as($key, '/body/plain_name', %part);
    is $r->status . ' ' . $r->body, "200 $bodies{'plain name'}[1]",
        'Range: all of it, redacted';
    unlike +($upstream->requests)[-1]{header}{range} // '', qr/bytes/,
        'and the upstream was not asked for less';

    $r = $t->get_as($key, '/head/part', %part);
    is $r->status . ' ' . $r->code, '502 response_not_redactable',
        '206: refused';
    unlike $r->head . $r->body, qr/\Q$secret\E/, 'with nothing of it';

    $r = $t->get_as($key, '/head/tagged', %part);
    is $r->status . ' ' . $r->body, "200 $bodies{'plain name'}[1]",
        'ETag: redacted';
    unlike $r->head, qr/^(?:ETag|Accept-Ranges|Content-Length):/mi,
        'without the tag and the length of what the upstream sent';
};

subtest 'without a body' => sub {
    for my $name (qw(empty unchanged)) {
        my $seen = seen("/head/$name", 'GET');
        like $seen, qr/\AHTTP\/1\.1 (?:204|304) .*\r\n\r\n\z/s,
            "$name: a head alone";
        unlike $seen, qr/\Q$secret\E/, 'and not what follows it';
    }

    my $seen = seen('/head/tagged', 'HEAD');
    like $seen, qr/\AHTTP\/1\.1 200 .*\r\n\r\n\z/s, 'HEAD: a head alone';
    unlike $seen, qr/\Q$secret\E|^Content-Length:/mi,
        'that gives nothing away';
};

subtest 'framing' => sub {
    for my $name (qw(empty_but_for trailed coded old early)) {
        for my $prefix ('', '/unbuffered') {
            my $seen = seen("$prefix/raw/$name");
            isnt $seen, '', "$prefix: $name: an answer";
            unlike $seen, qr/\Q$secret\E/, 'with nothing secret';
        }
    }
};

subtest 'redirects' => sub {
    for my $uri ('/raw/redirecting', '/intercepted/body/plain_name/404') {
        is $t->get_as($key, $uri)->body, $bodies{'plain name'}[1],
            "$uri: what is shown instead is redacted";
    }
};

subtest 'conditions' => sub {
    my $r = $t->get_as($key, '/conditional/body/plain_name',
        headers => { 'If-Match' => '"x"' });
    is $r->body, $bodies{'plain name'}[1],
        'a page of an upstream for 412 is redacted';

    $r = $t->get_as($key, '/kept/body/plain_name',
        headers => { 'If-Match' => '"x"' });
    is $r->status, 412, 'the page that nginx has for it passes';
    unlike $r->body, qr/\Q$secret\E/, 'with nothing secret';

    $r = $t->get_as($key, '/conditional/field/html',
        headers => { 'If-Match' => '"x"' });
    unlike $r->body, qr/\Q$secret\E/, 'an answer that is refused is so';
};

is $t->get_as($key, '/echo')->body, $bodies{'plain name'}[1] . "\n",
    'a subrequest that is kept in memory and echoed';

is $t->get('/refused/body/plain_name')->body, "not you\n",
    'a page of ours for a refusal is shown, whatever its status';

subtest 'a tunnel' => sub {
    for my $name (qw(unsized empty stream)) {
        my $r = $t->get_as($key, "/tunnel/$name",
            headers => { Upgrade => 'websocket', Connection => 'upgrade' });
        is $r->status . ' ' . ($r->code // ''),
            '502 response_not_redactable', "$name: it does not open";
        unlike $r->body, qr/\Q$secret\E/, 'and nothing comes through';
    }
};

is $t->get_as($key, '/page/x')->body,
    '{"email":"***","part":"{"email":"***"}"}', 'subrequests';

for (1 .. 2) {
    is $t->get_as($key, '/kept/body/plain_name')->body,
        $bodies{'plain name'}[1], 'never kept: redacted';
}

my @kept;
find({ no_chdir => 1, wanted => sub { push @kept, $_ if -f } },
    $t->dir . '/cache');
is_deeply \@kept, [], 'never kept: no file';

unlike $nginx->error_log =~ s/^.*\[debug\].*\n//mgr, qr/\Q$secret\E/,
    'the log has no data';

done_testing;
