#!/usr/bin/perl

# An internal redirect neither loses nor doubles authentication, debit and
# metering; the location it leads to checks its own scopes.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $reader = new_key(); # may read rides
my $writer = new_key(); # may write them as well

$t->write_file('keys.json', registry(
    $reader => { partnerId => 'reader', scopes => ['read:rides'] },
    $writer => { partnerId => 'writer',
                 scopes => ['read:rides', 'write:rides'] },
));
$t->write_file('html/there.json', '{"file":"there","email":"a@b"}');
$t->write_file('html/login.html', "please log in\n");

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;

    return Partner::Upstream::answer($connection, 200, '{}',
        "X-Accel-Redirect: $1") if $request->{uri} =~ m{^/accel(/.*)};
    return Partner::Upstream::answer($connection, $1, '{"email":"up@b"}')
        if $request->{uri} =~ m{^/status/(\d+)};
    return Partner::Upstream::answer($connection, 200, '{"email":"up@b"}');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    partner_limit_policy first  rate=1r/h burst=1000;
    partner_limit_policy second rate=1r/h burst=500;
    partner_limit_policy golden rate=1r/h burst=300 tier=silver;

    partner_redact_profile mail email=mask;

    log_subrequest on;
    default_type application/json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        root %%DIR%%/html;
        add_header X-Partner "$partner_id $partner_limit_status";

        # Where redirects lead to.
        location /plain { return 200 '{"at":"plain"}'; }

        location /target {
            partner_auth key;
            partner_limit second;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /write {
            partner_auth key;
            partner_scope write:rides;
            partner_limit first;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @named {
            partner_auth key;
            partner_limit first;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @redacted {
            partner_auth key;
            partner_redact mail;
            proxy_pass http://%%UPSTREAM%%;
        }

        # What redirects.
        location /error/ {
            partner_auth key;
            partner_limit first;
            proxy_intercept_errors on;
            error_page 404 /target;
            error_page 403 /write;
            error_page 409 @named;
            error_page 410 =200 /plain;
            error_page 500 @redacted;
            error_page 503 =200 @redacted;
            proxy_pass http://%%UPSTREAM%%:/status/;
        }

        location /dead {
            partner_auth key;
            partner_limit first;
            error_page 502 /target;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location /try/ {
            partner_auth key;
            partner_limit first;
            partner_redact mail;
            alias %%DIR%%/html/;
            try_files $uri /target;
        }

        location /try/named/ {
            partner_auth key;
            partner_limit first;
            try_files /none @named;
        }

        location /rewrite {
            partner_auth key;
            partner_limit first;
            error_page 418 = /target;
            if ($arg_again) { return 418; }
            rewrite ^ /target last;
        }

        location /accel/ {
            partner_auth key;
            partner_limit first;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /unlimited {
            partner_auth key;
            partner_limit golden;
            error_page 502 /target;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        # Refusals that redirect.
        location /login {
            partner_auth key;
            partner_scope write:rides;
            error_page 401 =200 /login.html;
            error_page 403 /target;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /protected {
            partner_auth key;
            error_page 401 =200 /target;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /fallback {
            partner_auth key;
            partner_scope write:rides;
            partner_redact mail;
            error_page 403 = @public;
            proxy_pass http://%%UPSTREAM%%;
        }

        location @public {
            partner_redact mail;
            proxy_pass http://%%UPSTREAM%%;
        }

        location = /login.html { partner_redact mail; }

        # Subrequests.
        location /mirrored {
            partner_auth key;
            partner_limit first;
            mirror /copy;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /copy {
            internal;
            partner_auth key;
            partner_limit first;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /checked {
            partner_auth key;
            partner_limit first;
            auth_request /copy;
            proxy_pass http://%%UPSTREAM%%;
        }

        location = /metrics { partner_metrics; }
    }
}
EOC

# What each partner was counted for, all outcomes together.
sub counted {
    my ($partner) = @_;
    my $body = $t->get('/metrics')->body;
    my $calls = 0;
    $calls += $1 while $body
        =~ /^partner_calls_total\{partner="$partner",outcome="\w+"\} (\d+)$/mg;
    return $calls;
}


# What is left of both policies, as answers show it.
my %left = (reader => { first => 1000, second => 500 },
    writer => { first => 1000, second => 500 });


# One call, which must debit the policy named (or none), and be counted once.
sub once {
    my ($name, $uri, $status, $debits, %o) = @_;
    my $partner = $o{as} // 'reader';
    my $before = counted($partner);
    my $r = $t->get_as($partner eq 'reader' ? $reader : $writer, $uri);

    # A subrequest in the background may end after the answer.
    wait_until { counted($partner) > $before };

    is $r->status, $status, "$name: status";
    is counted($partner) - $before, 1, "$name: counted once";
    is scalar(@{[$r->header_all('X-RateLimit-Limit')]}), $debits ? 1 : 0,
        "$name: one state of limits";

    if ($debits) {
        $left{$partner}{$debits}--;
        is $r->header('X-RateLimit-Remaining'), $left{$partner}{$debits},
            "$name: debited once";
    }

    is $r->body, $o{body}, "$name: body" if defined $o{body};
    return $r;
}


my $upstream_body = '{"email":"up@b"}';
my $redacted = '{"email":"***"}';

subtest 'error_page' => sub {
    once('no redirect', '/error/200', 200, 'first', body => $upstream_body);
    once('to another location', '/error/404', 404, 'first',
        body => $upstream_body);
    once('to a named one', '/error/409', 409, 'first');
    once('to an open one', '/error/410', 200, 'first',
        body => '{"at":"plain"}');
    once('out of a dead upstream', '/dead', 502, 'first');
    once('with another status, redacted', '/error/503', 200, 'first',
        body => $redacted);
    once('with the old status, redacted', '/error/500', 500, 'first',
        body => $redacted);
};

subtest 'scopes of the second location' => sub {
    my $r = once('lacking', '/error/403', 403, 'first');
    is $r->code, 'insufficient_scope', 'refused there';
    is $r->header('WWW-Authenticate'), 'Bearer realm="partner", '
        . 'error="insufficient_scope", scope="write:rides"',
        'and told which scope';
    once('covered', '/error/403', 403, 'first', as => 'writer',
        body => $upstream_body);
};

subtest 'try_files, rewrite, X-Accel-Redirect' => sub {
    once('a file', '/try/there.json', 200, 'first',
        body => '{"file":"there","email":"***"}');
    once('no file', '/try/none', 200, 'first', body => $upstream_body);
    once('no file, named', '/try/named/none', 200, 'first');
    once('rewritten before the first stage', '/rewrite', 200, 'second');
    once('returned before the first stage', '/rewrite?again=1', 200,
        'second');
    once('X-Accel-Redirect', '/accel/target', 200, 'first');
    once('X-Accel-Redirect into an open location', '/accel/plain', 200,
        'first', body => '{"at":"plain"}');
    my $r = once('X-Accel-Redirect beyond the scopes', '/accel/write', 403,
        'first');
    is $r->code, 'insufficient_scope', 'refused there';
    once('X-Accel-Redirect within the scopes', '/accel/write', 200, 'first',
        as => 'writer');
};

once('a location without a limit for this tier, then one with', '/unlimited',
    502, 'second');

subtest 'subrequests' => sub {
    once('mirror', '/mirrored', 200, 'first');
    once('auth_request', '/checked', 200, 'first');
};

subtest 'refusals that redirect' => sub {
    my $r = $t->get('/login');
    is $r->status . ' ' . $r->body, "200 please log in\n",
        'a page of its own for 401';
    is $r->header('WWW-Authenticate'), 'Bearer realm="partner"',
        'with the challenge';

    $r = once('a scope that lacks, redirected into a protected location',
        '/login', 403, undef);
    is $r->code, 'insufficient_scope', 'it stays refused';

    $r = $t->get('/protected');
    is $r->status . ' ' . $r->code, '401 missing_credential',
        'redirected as 200 into a protected location: still 401';

    once('refused, then served from an open location', '/fallback', 200,
        undef, body => $redacted);
    once('not refused', '/fallback', 200, undef, as => 'writer',
        body => $redacted);

    my $refused = $t->get('/metrics')->body;
    like $refused,
        qr/^partner_refusals_total
            \{code="missing_credential",status="401",tier="none"\}\ 2$/mx,
        'each refusal is counted once';
    like $refused,
        qr/^partner_refusals_total
            \{code="insufficient_scope",status="403",tier="gold"\}\ 4$/mx,
        'by its code';
};

subtest 'what the upstream saw' => sub {
    my %seen;
    $seen{$_->{uri}}++ for $upstream->requests;
    is $seen{'/write'}, 2, 'the protected location only who may';
    is $seen{'/copy'}, 2, 'the subrequests';
};

done_testing;
