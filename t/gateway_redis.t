#!/usr/bin/perl

# Keys are looked up in Redis: once, for all that wait, and believed only as
# long as the platform vouches for them.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant TICK => 0.02; # seconds that nginx' clock may be behind

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

# How many look-ups the code costs.
sub lookups(&) {
    my ($code) = @_;
    my $before = $platform->calls('mget');
    $code->();
    return $platform->calls('mget') - $before;
}


sub costs(&$$) {
    my ($code, $lookups, $name) = @_;
    is &lookups($code), $lookups, $name;
}


# Connections that each have a call in flight while Redis does not answer.
sub parked {
    my ($n, $key, $uri) = @_;

    return map {
        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET', $uri // '/',
            headers => { Authorization => "Bearer $key" }));
        $http;
    } 1 .. $n;
}


my %listed = map { $_ => new_key() } qw(gold silver basic);
$t->write_file('keys.json', registry(
    map { $listed{$_} => { partnerId => "listed-$_", tier => $_ } }
    sort keys %listed
));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s
                  waiting=40 nodes=4;

    partner_tier gold   revocation_lease=1h    stale=1h;
    partner_tier silver revocation_lease=100ms stale=1h
                        on_redis_error=local;
    partner_tier basic  revocation_lease=100ms stale=100ms
                        on_redis_error=allow;

    partner_limit_policy hourly rate=1r/h burst=8;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /money {
            partner_auth  key;
            partner_stale 0;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /limited {
            partner_auth key;
            partner_limit hourly;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

soon {
    $platform->listeners == 1
        && $t->get('/status')->json->{redis} eq 'connected'
} 'the worker has Redis';


soon {
    my @nodes = @{$redis->command('ZRANGE', 'partner:nodes', 0, -1)};
    "@nodes" eq $t->get('/status')->json->{gateway};
} 'the status has the id that the platform knows';


sub answer {
    my ($key, $uri) = @_;
    my $r = $t->get_as($key, $uri // '/');
    return join(' ', grep { defined } $r->status, $r->code);
}


sub waiting { $t->get('/status')->json->{waiting} }


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^\Q$name\E (\d+)$/m ? $1 : undef;
}


my $known = $platform->key;

subtest 'a known key' => sub {
    costs { is answer($known), 200, 'it passes' } 1, 'looked up';
    costs { is answer($known), 200, 'again' for 1 .. 20 } 0,
        'and remembered';
};

subtest 'an unknown key' => sub {
    my $key = new_key();

    my $begun = time;
    my $lookups = lookups {
        is answer($key), '401 unknown_credential', 'refused' for 1 .. 5;
    };
    cmp_ok $lookups, '>=', 1, 'looked up';
    cmp_ok $lookups, '<=', 1 + int(time - $begun + TICK),
        'once a second at most';

    $platform->put($key);
    soon { answer($key) eq '200' }
        'a key that appears is found without any message';

    # A host that took the processors away meanwhile decides nothing.
    soon {
        my $other = new_key();
        my $begun = time;
        return 0 if answer($other) ne '401 unknown_credential';
        $platform->change($other);
        wait_until { answer($other) eq '200' };
        time - $begun < 0.9;
    } 'a message ends the unknown at once';
};

subtest 'a projection that is not complete' => sub {
    $platform->incomplete;
    my $r = $t->get_as(new_key(), '/');
    is $r->status . ' ' . $r->code, '503 credential_store_unavailable',
        'nobody knows whether the key is good';
    is $r->header('Retry-After'), 1, 'it may be known soon';
    is $r->header('WWW-Authenticate'), undef, 'nothing is wrong with the key';
    is answer($platform->key), 200, 'what is there is believed';

    $platform->complete;
    is answer(new_key()), '401 unknown_credential', 'complete again';
};

subtest 'records that make no sense' => sub {
    my %bad = (
        'not JSON' => 'hunter2-hunter2',
        'a list' => '["hunter2"]',
        'empty' => '',
        'no partner' => '{"id":"hunter2","tier":"gold","scopes":[]}',
        'odd tier' =>
            '{"id":"k","partnerId":"p","tier":"hunter2","scopes":[]}',
        'a member twice' => '{"id":"k","id":"hunter2"}',
        'too long' => '{"id":"k","partnerId":"p","tier":"gold","scopes":[],'
            . '"x":"' . 'hunter2' x 80000 . '"}',
    );

    for my $name (sort keys %bad) {
        my $key = new_key();
        $platform->put_text($key, $bad{$name});
        is answer($key), '503 credential_store_unavailable', $name;
    }

    my $key = new_key();
    $redis->command('RPUSH', 'partner:cred:' . Partner::Key::key_digest($key),
        'hunter2');
    is answer($key), '401 unknown_credential', 'MGET calls a list absent';

    my @said = $nginx->error_log =~ /(\[error\].*principal record refused.*)/g;
    is @said, keys %bad, 'the log has a line for each';
    like $said[0], qr/at "[^"]*": \S/, 'with place and reason';
    unlike $nginx->error_log, qr/hunter2/, 'and nothing of the record';

    $platform->put($key = new_key(), future => { x => [1] });
    is answer($key), 200, 'members that nobody knows yet are ignored';
};

subtest 'states of key and partner' => sub {
    my $past = '2020-01-01T00:00:00Z';
    my $future = '2999-01-01T00:00:00Z';
    my @cases = (
        [{ status => 'active' }, '200'],
        [{ status => 'revoked' }, '401 revoked_credential'],
        [{ status => 'rotated' }, '401 revoked_credential'],
        [{ status => 'expired' }, '401 expired_credential'],
        [{ status => 'suspended' }, '403 suspended_credential'],
        [{ expiresAt => $past }, '401 expired_credential'],
        [{ expiresAt => $future }, '200'],
        [{ expiresAt => undef }, '200'],
        [{ partnerStatus => 'pending' }, '403 partner_pending'],
        [{ applicationStatus => 'active' }, '200'],
        [{ applicationStatus => 'pending' }, '403 application_pending'],
        [{ applicationStatus => 'suspended' }, '403 application_suspended'],
        [{ applicationStatus => 'deprecated' }, '410 application_deprecated'],
        [{ partnerStatus => 'suspended', applicationStatus => 'suspended' },
            '403 partner_suspended'],
        [{ partnerStatus => 'inactive' }, '403 partner_inactive'],
        [{ partnerStatus => 'suspended' }, '403 partner_suspended'],
        [{ partnerStatus => 'suspended', status => 'revoked' },
            '401 revoked_credential'],
    );

    for my $case (@cases) {
        my ($principal, $expected) = @$case;
        my ($name) = map { my $v = $principal->{$_} // 'null'; "$_ $v" }
            sort keys %$principal;
        my $key = $platform->key(%$principal);
        is answer($key), $expected, $name;
        costs { answer($key) } 0, "$name is remembered";
    }
};

subtest 'revisions' => sub {
    my $key = $platform->key;
    is answer($_), 200, 'before' for $key, $known;

    $platform->change($key, status => 'revoked');
    soon { answer($key) eq '401 revoked_credential' } 'revoked';
    costs { answer($known) } 0, 'only this key was forgotten';

    $platform->change($key, status => 'active');
    soon { answer($key) eq '200' } 'and allowed again';

    $platform->publish($key, 1);
    costs { is answer($key), 200, 'an old version' for 1 .. 3 } 0,
        'forgets nothing that is newer';

    $platform->heartbeat;
    costs { answer($known) for 1 .. 3 } 0,
        'a heartbeat as expected changes nothing';

    for my $what (
        ['a gap' => sub { $platform->skip; $platform->publish($key, 1) }],
        ['a heartbeat ahead' =>
            sub { $platform->skip(3); $platform->heartbeat }],
        ['revisions that begin anew' =>
            sub { $platform->skip(-4); $platform->heartbeat }],
        ['a message without sense' =>
            sub { $platform->say('hello world') }],
        ['a digest that is none' =>
            sub { $platform->say('9 ' . 'x' x 64 . ' 2') }],
        ['an endless message' => sub { $platform->say('9' x 5000) }],
    ) {
        my ($name, $say) = @$what;
        costs { answer($known) } 0, "before $name";
        $say->();
        soon { lookups { answer($known) } == 1 }
            "$name: what is cached is verified again";
        costs { answer($known) } 0, 'once';
    }
};

subtest 'a message overtakes a look-up' => sub {
    my ($key, $most) = (undef, 0);

    # Both leave Redis at once, on two connections: which one nginx reads
    # first is chance, so this is tried until it is the message.
    my $overtakes = sub {
        $key = $platform->key;
        my $before = $platform->calls('mget');

        $redis->pause;
        my $announced = $redis->connect;
        $announced->write_command('PUBLISH', 'partner:revisions',
            join(' ', ++$platform->{revision},
                Partner::Key::key_digest($key), 2));
        my ($http) = parked(1, $key);
        wait_until { waiting() == 1 };
        $redis->resume;

        my $code = $http->response->code // '';
        my $lookups = $platform->calls('mget') - $before;
        $most = $lookups if $lookups > $most;
        return $code eq 'credential_store_unavailable';
    };

    soon { $overtakes->() }
        'a record that stays older than announced is not believed';
    is $most, 3, 'it is read again, not for ever';
    is waiting(), 0, 'nobody waits';

    $platform->change($key, status => 'revoked');
    soon { answer($key) eq '401 revoked_credential' } 'what was announced is';
};

subtest 'a new key is announced and looked up at once' => sub {
    my $key = new_key();

    $platform->publish($key, 1);
    is answer($key), '503 credential_store_unavailable',
        'announced, not yet there: it is not called unknown';

    $platform->put($key, version => 1);
    is answer($key), '200', 'there it is';
};

subtest 'one look-up for all that wait' => sub {
    my $key = new_key();
    my $before = $platform->calls('mget');

    $redis->pause;
    my @parked = parked(30, $key);
    soon { waiting() == 30 } 'thirty wait';
    $redis->resume;

    is_deeply [map { $_->response->status } @parked], [(401) x 30],
        'all are answered';
    is $platform->calls('mget') - $before, 1, 'by one look-up';
    is waiting(), 0, 'nobody waits';
};

subtest 'the number of those who wait is bounded' => sub {
    $redis->pause;
    my @parked = map { parked(1, $platform->{absent} = new_key()) } 1 .. 40;
    soon { waiting() == 40 } 'as many as may';

    my $r = $t->get_as(new_key(), '/');
    is $r->status . ' ' . $r->code, '503 credential_store_unavailable',
        'one more does not';
    is answer($known), 200, 'who is cached does not wait';
    is $t->get_as($listed{gold}, '/')->status, 200, 'nor who is listed';

    $redis->resume;
    is_deeply [map { $_->response->status } @parked], [(401) x 40],
        'those who waited are answered';
    is answer(new_key()), '401 unknown_credential', 'there is room again';
};

subtest 'clients that leave' => sub {
    my $key = $platform->key;

    $redis->pause;
    my @parked = parked(10, $key);
    soon { waiting() == 10 } 'ten wait';
    $_->close for splice(@parked, 0, 6);
    soon { waiting() == 4 } 'six leave';
    $_->close for parked(5, $key);
    soon { waiting() == 4 }
        'five more leave before nginx has read a byte';

    # Pipelined: the second request is in the socket while the first waits.
    my $request = Partner::Http::format_request('GET', '/',
        headers => { Authorization => "Bearer $key" });
    my $pipe = $t->connect;
    $pipe->send($request x 3);
    soon { waiting() == 5 } 'one with three requests';
    my $left = $t->connect;
    $left->send($request x 3);
    soon { waiting() == 6 } 'another one';
    $left->close;
    soon { waiting() == 5 } 'that leaves';

    $redis->resume;
    is_deeply [map { $_->response->status } @parked, ($pipe) x 3],
        [(200) x 7], 'who stayed is answered, in order';
};

subtest 'a body arrives while the call waits' => sub {
    my $key = $platform->key;

    $redis->pause;
    my $http = $t->connect;
    $http->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n"
        . "Authorization: Bearer $key\r\n\r\n");
    soon { waiting() == 1 } 'it waits';
    $http->send('x' x 70000);
    $redis->resume;
    is $http->response->status, 200, 'the body was not lost';
    is $http->request('GET', '/', headers => {
        Authorization => "Bearer $key" })->status, 200, 'nor misread';
};

subtest 'a lapse of the lease' => sub {
    my %key = map { $_ => $platform->key(tier => $_) } qw(silver basic);
    answer($_) for $known, values %key;

    for my $tier (sort keys %key) {
        soon { lookups { answer($key{$tier}) } } "$tier: looked up again";
    }

    my $served = metric('partner_stale_served_total');

    $redis->kill;
    is answer($known), 200, 'within the lease nobody asks Redis';
    is metric('partner_stale_served_total'), $served, 'it counts as verified';

    soon { answer($key{basic}) eq '503 credential_store_unavailable' }
        'beyond the stale limit';
    is answer($key{silver}), 200, 'before it';
    soon {
        answer($key{silver}, '/money') eq '503 credential_store_unavailable'
    } 'but not where nothing is served unasked';
    is answer($known, '/money'), 200, 'which has to wait for the lease';
    soon {
        answer($key{silver}) eq '200'
            && metric('partner_stale_served_total') > $served
    } 'is counted';
    is answer(new_key()), '503 credential_store_unavailable', 'unknown keys';
};

subtest 'limits while Redis is away' => sub {
    my $r = $t->get_as($listed{gold}, '/limited');
    is $r->status . ' ' . $r->code, '503 limiter_unavailable', 'deny';
    is $r->header('Retry-After'), 1, 'it may be back soon';

    $r = $t->get_as($listed{silver}, '/limited');
    is $r->status, 200, 'local';
    is $r->header('X-RateLimit-Remaining'), 1, 'with a share of a quarter';
    is $t->get_as($listed{silver}, '/limited')->status, 200, 'its last';
    is $t->get_as($listed{silver}, '/limited')->code, 'rate_limited',
        'then refused';

    my @r = map { $t->get_as($listed{basic}, '/limited') } 1 .. 10;
    is join(' ', map { $_->status } @r), join(' ', (200) x 10), 'allow';
    is $r[0]->header('X-RateLimit-Limit'), undef, 'without a number';
    cmp_ok metric('partner_limit_fallbacks_total'), '>=', 14, 'counted';
};

subtest 'Redis is back' => sub {
    $redis->start;
    my $again = Partner::Platform->new($redis, empty => 1);

    soon { $again->listeners == 1 } 'the worker listens again';
    is answer(new_key()), '503 credential_store_unavailable',
        'an empty Redis knows nothing';
    $again->complete;
    soon { answer(new_key()) eq '401 unknown_credential' }
        'until it is filled';

    $again->heartbeat;
    soon { answer($known) eq '401 unknown_credential' } 'what is gone is';
    $again->incomplete;
    soon { answer($known) eq '503 credential_store_unavailable' }
        'and is not served from the cache again';
    is $t->get_as($listed{gold}, '/limited')->status, 200, 'limits work';
};

done_testing;
