#!/usr/bin/perl

# Answers are redacted while they stream, however they are cut into pieces;
# what cannot be redacted does not pass.

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib qw(memGunzip memGzip);
use Partner::Http::Response;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant SECRET => 'ada-secret';
use constant BIG => 40; # MiB

my $t = Partner::Test->new;
my $key = new_key();

$t->write_file('keys.json', registry($key => {}));


# A value, as the upstream writes it and as a partner may see it.
sub sample {
    my ($redacted) = @_;

    my $mask = sub { $redacted ? '"***"' : $_[0] };
    my $null = sub { $redacted ? 'null' : $_[0] };

    return '{"name": "Ada \\"A\\" \\u00e9", "n": [1, -2.5e+3, true, null],'
        . ' "email" : ' . $mask->('"' . SECRET . '@b \\" \\\\"') . ' ,'
        . '"EMAIL":' . $mask->('["' . SECRET . '", {"a": [[]]}]') . ','
        . '"e\\u006dail":' . $mask->('-12.5e3') . ',"emails":"kept",'
        . '"card": ' . $null->('{"email": "x", "y": "' . SECRET . '"}')
        . ', "deep": [[{"email":' . $mask->('true') . '},'
        . '{"card":' . $null->('"' . SECRET . '"') . "}]], \"\": 0}\n";
}


my ($plain, $clean) = (sample(0), sample(1));

# Many of them: about 1 MB with 20,000 matches.
my $many = int(1_000_000 / length $plain);
my ($long, $long_clean)
    = map { '[' . join(',', ($_) x $many) . ']' } $plain, $clean;

my %malformed = (
    'no_value' => '{"a":1,"email":,"b":"' . SECRET . '"}',
    'word' => '{"a":tru,"email":"' . SECRET . '"}',
    'quote' => '{"a":"x" "email":"' . SECRET . '"}',
    'control' => "{\"a\":\"\n\",\"email\":\"" . SECRET . '"}',
    'html' => '<html>' . SECRET . '</html>',
    'two' => '{"a":1} {"email":"' . SECRET . '"}',
    'cut' => '{"a":1,"email":"' . SECRET,
    'cut_name' => '{"a":1,"ema',
    'empty' => '',
);

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my ($path) = $request->{uri} =~ m{^/([^?]*)};
    my $type = "Content-Type: application/json\r\n";
    my $chunked = "HTTP/1.1 200 OK\r\n$type"
        . "Transfer-Encoding: chunked\r\n\r\n";
    my $write = sub {
        printf $connection "%x\r\n%s\r\n", length, $_ for @_;
    };
    my $body = "Content-Length: " . length($plain) . "\r\n\r\n$plain";

    if ($path eq 'bytes') {
        print $connection $chunked;
        $write->(split(//, $plain), '');

    } elsif ($path eq 'halves') {

        # Two pieces, far apart: the client acknowledges the first.
        my ($at) = $request->{uri} =~ /at=(\d+)/;
        print $connection $chunked;
        $write->(substr($plain, 0, $at));
        Partner::Process::wait_until(sub { -e $t->dir . "/seen.$at" });
        $write->(substr($plain, $at), '');

    } elsif ($path eq 'long') {
        return Partner::Upstream::answer($connection, 200, $long,
            'ETag: "abc"', 'Accept-Ranges: bytes');

    } elsif ($path eq 'chunks') {
        print $connection $chunked;
        $write->(unpack('(a977)*', $long), '');

    } elsif ($path =~ m{^status/(\d+)}) {
        return Partner::Upstream::answer($connection, $1, $plain);

    } elsif ($path eq 'number') {
        print $connection "HTTP/1.1 200 OK\r\n$type",
            "Content-Length: 11\r\n\r\n", '{"email":1}';

    } elsif ($path eq 'empty') {
        print $connection "HTTP/1.1 204 -\r\n$type\r\n";

    } elsif ($path eq 'unchanged') {
        print $connection "HTTP/1.1 304 -\r\n${type}ETag: \"abc\"\r\n\r\n";

    } elsif ($path eq 'part') {
        print $connection "HTTP/1.1 206 -\r\n${type}"
            . "Content-Range: bytes 0-9/100\r\nContent-Length: 10\r\n\r\n"
            . substr($plain, 0, 10);

    } elsif ($path eq 'gzip') {
        my $packed = memGzip($plain);
        print $connection "HTTP/1.1 200 -\r\n${type}Content-Encoding: gzip\r\n"
            . 'Content-Length: ' . length($packed) . "\r\n\r\n$packed";

    } elsif ($path =~ m{^type/(.*)}) {
        (my $name = $1) =~ s/%([0-9a-f]{2})/chr hex $1/ge;
        print $connection "HTTP/1.1 200 -\r\n"
            . ($name ne '' ? "Content-Type: $name\r\n" : '') . $body;

    } elsif ($path =~ m{^malformed/(\w+)}) {
        print $connection $chunked;
        $write->("[$plain,", " $malformed{$1}");
        print $connection "0\r\n\r\n";

    } elsif ($path =~ m{^late/(\w+)}) {
        print $connection $chunked;
        $write->('[' . "$plain," x (100000 / length $plain), $malformed{$1});
        print $connection "0\r\n\r\n";

    } elsif ($path =~ m{^whole/(\w+)}) {
        return Partner::Upstream::answer($connection, 200, $malformed{$1});

    } elsif ($path =~ m{^torn/(\d+)}) {
        print $connection "HTTP/1.1 200 -\r\n${type}Content-Length: "
            . length($plain) . "\r\n\r\n" . substr($plain, 0, $1);
        return 0;

    } elsif ($path eq 'page') {
        return Partner::Upstream::answer($connection, 200, '{"email":"'
            . SECRET . q(","part":"<!--# include virtual='/piece' -->"}));

    } elsif ($path eq 'big') {
        my $megabyte = join(',', ($plain) x (1048576 / length $plain));
        print $connection $chunked;
        $write->('[');

        for my $sent (1 .. BIG) {
            $write->("$megabyte,");
            $t->write_file('sent', $sent);
        }

        $write->('1]', '');
        $t->write_file('sent', 'all');

    } elsif ($path eq 'endless') {
        print $connection $chunked;
        $write->('[');
        while (printf $connection "%x\r\n%s,\r\n", 1 + length $plain, $plain) {
        }
        $t->write_file('endless.over', 'x');
        return 0;

    } else {
        return Partner::Upstream::answer($connection, 200, $plain);
    }

    return 1;
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    # At debug level each buffer of a big body would be a line.
    error_log %%PREFIX%%/error.log info;

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_redact_profile personal email=mask card=null;

    proxy_http_version 1.1;
    proxy_set_header Connection "";

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen 127.0.0.1:%%PORT_8082%% http2;
        listen 127.0.0.1:%%PORT_8083%% sndbuf=16k;

        partner_auth key;
        partner_redact personal;
        gzip_types application/json;
        gzip_min_length 1;

        location / { proxy_pass http://%%UPSTREAM%%; }

        location = /grown {
            partner_redact off;
            ssi on;
            default_type text/html;
            return 200 '<!--# include virtual="/number" set="x" -->
                <!--# echo var="x" encoding="none" -->';
        }

        location /unbuffered/ {
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /memory/ {
            proxy_max_temp_file_size 0;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /postponed/ {
            ssi on;
            ssi_types application/json;
            ssi_ignore_recycled_buffers on;
            postpone_output 200000;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /packed/ {
            gzip on;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /pass/ {
            partner_redact personal other=pass;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /open/ {
            partner_auth off;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /page {
            ssi on;
            ssi_types application/json;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /longer {
            addition_types application/json;
            add_before_body /piece;
            add_after_body /piece;
            proxy_pass http://%%UPSTREAM%%:/long;
        }

        location /asked {
            auth_request /type/text/plain;
            mirror /type/text/html;
            proxy_pass http://%%UPSTREAM%%:/plain;
        }

        location /piece { proxy_pass http://%%UPSTREAM%%; }

        location /file {
            default_type application/json;
            alias %%DIR%%/file.json;
        }

        location = /metrics {
            partner_auth off;
            partner_redact off;
            partner_metrics;
        }
    }
}
EOC

$t->write_file('file.json', $long);


# Equal to the last byte; where not, the place is shown and not the megabyte.
sub same {
    my ($got, $expected, $name) = @_;
    return if ok $got eq $expected, $name;

    ($got ^ $expected) =~ /^\0*/;
    diag "at byte $+[0]: '", substr($got, $+[0], 80), "' for '",
        substr($expected, $+[0], 80), "'";
}


# Everything that comes, on a connection that is over afterwards.
sub everything {
    my ($uri) = @_;
    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri, headers => {
        Authorization => "Bearer $key", Connection => 'close' }));
    ok $http->closed, "$uri: the connection ends";
    return $http->unread;
}


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^\Q$name\E (\d+)$/m ? $1 : undef;
}


# The most memory that the worker has ever had, in KiB.
sub peak {
    my ($worker) = $nginx->workers;
    return $t->read_file("/proc/$worker/status") =~ /^VmHWM:\s+(\d+)/m
        ? $1 : undef;
}


# What it has now.
sub resident {
    my ($worker) = $nginx->workers;
    return $t->read_file("/proc/$worker/status") =~ /^VmRSS:\s+(\d+)/m
        ? $1 : undef;
}


sub request_header {
    my ($name) = @_;
    my @requests = $upstream->requests;
    return $requests[-1]{header}{lc $name};
}


subtest 'pieces' => sub {
    for my $at ('', '/unbuffered', '/memory', '/postponed') {
        same $t->get_as($key, "$at/plain")->body, $clean, "$at: whole";
        same $t->get_as($key, "$at/bytes")->body, $clean, "$at: byte by byte";
        same $t->get_as($key, "$at/long")->body, $long_clean,
            "$at: a long one with a length";
        same $t->get_as($key, "$at/chunks")->body, $long_clean,
            "$at: a long one in chunks";
    }

    same $t->get_as($key, '/file')->body, $long_clean, 'a file';
    same $t->get('/open/long')->body, $long_clean, 'without authentication';

    my $r = $t->get_as($key, '/long');
    is $r->header($_), undef, "no $_" for qw(Content-Length ETag
        Accept-Ranges);
};

subtest 'pieces that come late' => sub {
    my @cuts = grep { substr($plain, $_ - 2, 4) =~ /[":,\\]/ }
        2 .. length($plain) - 2;
    @cuts = @cuts[map { $_ * @cuts / 12 } 0 .. 11];

    for my $how ('', '/unbuffered') {
        for my $at (@cuts) {
            my $http = $t->connect;
            unlink($t->dir . "/seen.$at");
            $http->send(Partner::Http::format_request('GET',
                "$how/halves?at=$at",
                headers => { Authorization => "Bearer $key" }));
            ok wait_until { $http->_read; $http->unread =~ /\r\n\r\n./s },
                "$how: the first $at bytes come alone";
            unlike $http->unread, qr/${\SECRET}/, 'without what is personal';
            $t->write_file("seen.$at", '');
            same $http->response->body, $clean, 'and the rest';
        }
    }
};

subtest 'answers without a body' => sub {
    my $http = $t->connect;
    my %as = (headers => { Authorization => "Bearer $key" });

    my $r = $http->request('HEAD', '/long', %as);
    is $r->status, 200, 'HEAD';
    is $r->header('Content-Length'), undef, 'no length that is not true';
    is $http->request('GET', '/plain', %as)->body, $clean, 'no body either';
    is $http->request('GET', '/empty', %as)->status, 204, 'a 204';
    is $http->request('GET', '/unchanged', %as)->status, 304, 'a 304';
    is $http->request('GET', '/plain', %as)->body, $clean,
        'all on one connection';
};

subtest 'parts and encodings' => sub {
    my $r = $t->get_as($key, '/plain', headers => { Range => 'bytes=0-9' });
    is $r->status . ' ' . $r->body, "200 $clean", 'the whole for a range';
    unlike request_header('Range') // '', qr/bytes/, 'none was asked for';
    $r = $t->get_as($key, '/file', headers => { Range => 'bytes=0-9' });
    same $r->status . ' ' . $r->body, "200 $long_clean", 'of a file as well';

    $r = $t->get_as($key, '/part');
    is $r->status . ' ' . $r->code, '502 response_not_redactable',
        'a part is refused';

    my %gzip = (headers => { 'Accept-Encoding' => 'gzip' });
    $r = $t->get_as($key, '/gzip', %gzip);
    is $r->status . ' ' . $r->code, '502 response_not_redactable',
        'what is encoded is refused';

    for my $uri ('/packed/long', '/packed/bytes') {
        $r = $t->get_as($key, $uri, %gzip);
        is request_header('Accept-Encoding'), 'identity',
            "$uri: the upstream is asked for plain text";
        is $r->header('Content-Encoding'), 'gzip', 'the client gets gzip';
        same memGunzip($r->body), $uri =~ /long/ ? $long_clean : $clean,
            'of what is redacted';
    }

    same $t->get_as($key, '/packed/plain')->body, $clean,
        'a client without gzip';
    $t->get('/open/plain', %gzip);
    is request_header('Accept-Encoding'), 'identity',
        'without authentication';
};

subtest 'types' => sub {
    for my $type ('application/json', 'application/json;charset=utf-8',
        'Application/JSON%20;x=y', 'application/problem+json',
        'application/vnd.api+json;%20v=1', 'text/json',
        'application/json%09;charset=utf-8') {
        same $t->get_as($key, "/type/$type")->body, $clean, $type;
    }

    for my $type ('text/html', 'text/plain', 'application/jsonp',
        'text/json-seq') {
        my $r = $t->get_as($key, "/type/$type");
        is $r->status . ' ' . $r->code, '502 response_not_redactable',
            "'$type' is refused";
        unlike $r->body, qr/${\SECRET}/, 'without what it held';

        is $t->get_as($key, "/pass/type/$type")->body, $plain,
            'or passes where it is told to';
    }

    for my $type ('', '+json', 'application/json,%20text/html',
        'application/json%20charset=utf-8',
        'application/json;charset=utf-7') {
        is $t->get_as($key, "/pass/type/$type")->code,
            'response_not_redactable', "'$type' passes nowhere";
    }

    same $t->get_as($key, '/pass/plain')->body, $clean,
        'JSON is redacted there as well';
};

subtest 'errors of the upstream' => sub {
    for my $status (400, 404, 422, 500, 503) {
        my $r = $t->get_as($key, "/status/$status");
        is $r->status . ' ' . $r->body, "$status $clean", "a $status";
    }

    is $t->get('/plain')->code, 'missing_credential',
        'what the gateway says itself is left alone';
};

subtest 'malformed answers' => sub {
    my $logged = sub { scalar(() = $nginx->error_log =~ /answer $_[0]/g) };

    for my $name (sort keys %malformed) {

        # Before the first byte it is refused, behind it cut; what comes in two
        # pieces may be either, as they arrive, and the end is one of its own.
        my $ends = $name =~ /^(?:cut|cut_name|empty)$/;

        for my $case (['whole', $ends ? '(?:cut|refused)' : 'refused'],
            ['late', 'cut'],
            ['malformed', '(?:cut|refused)'],
            ['unbuffered/malformed', '(?:cut|refused)']) {
            my ($path, $how) = @$case;
            my $before = $logged->($how);
            my $seen = everything("/$path/$name");

            unlike $seen, qr/${\SECRET}/, 'nothing secret in it';
            like $seen, qr{\AHTTP/1.1 502 .*"code":"response_not_redactable"}s,
                'a problem' if $path eq 'whole' && !$ends;
            unlike $seen, qr/\r\n0\r\n\r\n\z/, 'nor is it complete'
                if $path eq 'late';
            is $logged->($how), $before + 1, 'logged'
                unless $path eq 'whole' && $malformed{$name} eq '';
        }
    }

    for my $length (map { $_ * 13 } 0 .. length($plain) / 13) {
        my $seen = everything("/unbuffered/torn/$length");
        unlike $seen, qr/${\SECRET}/, 'torn by the upstream';
        unlike $seen, qr/\r\n0\r\n\r\n\z/, 'it stays torn';
    }

    unlike $nginx->error_log, qr/${\SECRET}/, 'the log has no data';
};

subtest 'subrequests' => sub {
    my $before = metric('partner_redactions_total{tier="gold"}');

    is $t->get_as($key, '/page')->body,
        '{"email":"***","part":"' . $clean . '"}', 'included';
    is metric('partner_redactions_total{tier="gold"}') - $before, 1 + 6,
        'all are counted';
    same $t->get_as($key, '/asked')->body, $clean,
        'those of which nobody sees the body may be of any type';
    same $t->get_as($key, '/longer')->body, $clean . $long_clean . $clean,
        'before and after';
};

subtest 'HTTP/2' => sub {
    my @as = ('--http2-prior-knowledge', '-H', "Authorization: Bearer $key");
    my $at = 'http://127.0.0.1:%%PORT_8082%%';

    same $t->curl(@as, "$at/long")->body, $long_clean, 'a long one';
    same $t->curl(@as, "$at/bytes")->body, $clean, 'byte by byte';
    is $t->curl(@as, "$at/type/text/html")->code, 'response_not_redactable',
        'what is not JSON';

    my ($r, $status) = $t->curl(@as, "$at/late/word");
    isnt $status, 0, 'one that is malformed late is reset';
    unlike $r ? $r->body : '', qr/${\SECRET}/, 'nothing secret in it';
    is $t->curl(@as, "$at/whole/word")->code, 'response_not_redactable',
        'one that is at once is refused';
};

subtest 'a client that leaves in the middle' => sub {
    my $aborted = metric('partner_requests_total{tier="gold",'
        . 'outcome="aborted"}');
    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', '/memory/endless',
        headers => { Authorization => "Bearer $key" }));
    wait_until { $http->_read; length($http->unread) > 100_000 };
    like $http->unread, qr/"email" : "\*\*\*"/, 'it was redacted so far';
    $http->close;

    soon { -e $t->dir . '/endless.over' } 'the upstream is let go';
    soon { metric('partner_requests_total{tier="gold",outcome="aborted"}')
        == $aborted + 1 } 'it is counted as aborted';
    same $t->get_as($key, '/plain')->body, $clean, 'the next call';
};

# What nginx has handed on when a client leaves it reads nothing into again:
# with all its buffers gone it would look for one for ever.
subtest 'clients that leave while much waits' => sub {
    for my $n (1 .. 40) {
        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET',
            $n % 2 ? '/long' : '/memory/long',
            headers => { Authorization => "Bearer $key" }));
        wait_until { $http->_read; length($http->unread) > $n * 5000 };
        $http->close;
    }

    same $t->get_as($key, '/plain')->body, $clean, 'the next call';
};

subtest 'a subrequest whose answer becomes longer' => sub {
    my $r = $t->get_as($key, '/grown');
    is $r->status, 200, 'the page';
    like $r->body, qr/\{"email":"\*\*\*"\}/, 'holds all of it';
};

# Each has read a bit since its answer was held up: what waits for it then is
# partly what it was asked to take at once, partly what was made since.
subtest 'clients that leave take no memory with them' => sub {
    my $leave = sub {
        my ($n) = @_;
        my $http = $t->connect(8083);
        $http->send(Partner::Http::format_request('GET', '/long',
            headers => { Authorization => "Bearer $key" }));
        wait_until { $http->_read; length($http->unread) > $n };
        $http->close;
    };

    $leave->(50_000) for 1 .. 20;
    my $before = resident();
    $leave->(20_000 + 1_000 * $_) for 1 .. 200;

    same $t->get_as($key, '/plain')->body, $clean, 'the next call';
    note resident() - $before, ' KiB';

    SKIP: {
        skip 'a sanitizer keeps what was freed', 1
            if Partner::Test::sanitized();
        cmp_ok resident() - $before, '<', 512, 'less than 512 KiB for all';
    }
};

subtest 'memory does not grow with the body' => sub {
    my $before = peak();

    for my $uri ('/memory/big', '/unbuffered/big', '/big') {
        $t->write_file('sent', 0);
        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET', $uri, headers => {
            Authorization => "Bearer $key", Connection => 'close' }));

        # Nobody reads.  With a temporary file nginx takes all nevertheless,
        # without one the upstream has to wait.
        my $sent;
        wait_until {
            $sent = $t->read_file('sent');
            $sent eq 'all' || $uri ne '/big' && $sent && !wait_until {
                $t->read_file('sent') ne $sent
            } 0.5;
        };
        is $sent eq 'all' ? 'all' : 'some', $uri eq '/big' ? 'all' : 'some',
            "$uri: how much the upstream has sent";

        my ($size, $tail) = (0, '');
        while (defined(my $piece = $http->piece)) {
            $size += length $piece;
            $tail = substr($tail . $piece, -16);
        }

        cmp_ok $size, '>', BIG * 1048576 * length($clean) / length($plain)
            - 10000, "$uri: all of it";
        like $tail, qr/1\]\r\n0\r\n\r\n\z/, "$uri: to the end";
        cmp_ok peak() - $before, '<', 4096, "$uri: within 4 MiB";
        note "$uri: ", peak() - $before, ' KiB';
    }
};

done_testing;
