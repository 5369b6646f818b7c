#!/usr/bin/perl

# A partner with thousands of keys is suspended by one event and one message,
# and every one of them is refused when the answer comes.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use POSIX ();
use Partner::Key qw(new_key);
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant {
    KEYS => $ENV{CHAOS} ? 10_000 : 3000,
    USED => 40, # of them, cached by the gateway
};

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};

$t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location / {
            partner_auth key;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC


sub call { return $p->call(@_) }


sub untold {
    return $postgres->query("SELECT count(*) FROM partner.outbox
        WHERE topic NOT IN ('partner', 'application')
        AND relayed_at IS NULL");
}


my ($id, $other) = ($p->partner, $p->partner);
my $theirs = $p->key($other)->{fullKey};
my @keys = map { new_key() } 1 .. USED;
my $digests = join(',', map { "'\\x" . sha256_hex($_) . "'" } @keys);

$postgres->query("INSERT INTO partner.api_keys (partner_id, digest, prefix,
    scopes) SELECT '$id', d, 'sk_00000', '{read:*}' FROM unnest(ARRAY[$digests]
    ::bytea[] || ARRAY(SELECT sha256(convert_to(n::text, 'UTF8'))
    FROM generate_series(1, " . (KEYS - USED) . ") AS n)) AS d");
soon { untold() eq '0' } 'all keys are projected';


# Codes of the keys, counted.
sub codes {
    my %seen;
    $seen{$_->status == 200 ? 200 : $_->code}++
        for map { $t->get_as($_, '/') } @_;
    return join(' ', map { "$seen{$_} x $_" } sort keys %seen);
}


soon { codes(@keys, $theirs) eq USED + 1 . ' x 200' } 'all are good';

my $channel = $redis->connect;
$channel->write_command('SUBSCRIBE', 'partner:revisions');
$channel->reply;
my $events = $postgres->query('SELECT max(id) FROM partner.outbox');


# What is said until the next heartbeat but one.
sub said {
    my (@all, $beats);

    local $SIG{ALRM} = sub { die "no heartbeat\n" };
    alarm(120);

    while (($beats // 0) < 2) {
        push @all, $channel->reply->[2];
        $beats++ if $all[-1] =~ /^\d+$/;
    }

    alarm(0);
    return grep { !/^\d+$/ } @all;
}


# How long after the request the first key is refused, in ms; seen from a
# process of its own.
sub refusal {
    my $begun = time();
    pipe(my $in, my $out) or die "pipe: $!";
    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        my $seen = eval { wait_until {
            $t->get_as($keys[0], '/')->status == 403 } };
        syswrite $out, sprintf('%.0f', 1000 * (time() - $begun)) if $seen;
        POSIX::_exit(0);
    }

    close $out;
    return sub { waitpid $pid, 0; return scalar <$in> };
}


for my $case (['suspend', { reason => 'unpaid' }, 'partner_suspended'],
    ['activate', undef, 200]) {
    my ($verb, $body, $code) = @$case;
    my $begun = time();
    my $refused = $verb eq 'suspend' ? refusal() : undef;
    my $r = call('POST', "/api/partners/$id/$verb", $body);
    diag sprintf('%s: answered after %.0f ms', $verb, 1000 * (time() - $begun));

    if ($refused) {
        my $after = $refused->();
        ok defined $after, 'the first refusal was seen';
        diag "$verb: refused after $after ms";
    }

    is $r->status, 200, "$verb: every gateway obeys" or diag $r->body;
    soon { codes(@keys) eq USED . " x $code" } "$verb: each key"
        if $verb eq 'activate';
    is codes(@keys), USED . " x $code", "$verb: each key, at once"
        if $verb eq 'suspend';
    is codes($theirs), '1 x 200', "$verb: no key of another";

    my @said = said();
    my @early = grep { /^\d+ closing suspended \Q$id\E$/ } @said;
    is scalar @early, $verb eq 'suspend' ? 1 : 0,
        "$verb: said before all was written, where access is lost";
    my @tokens = grep { /^\d+ revoked / } @said;
    is scalar @tokens, 1, "$verb: and of its tokens";
    my @told = grep { !/ closing | revoked / } @said;
    is scalar(grep { !/^\d+ partner \Q$id\E$/ } @told), 0,
        "$verb: nothing is said of a key";
    cmp_ok scalar @told, '<=', 2, "$verb: but of the partner, once";
}

is $postgres->query("SELECT count(*) FROM partner.outbox
    WHERE id > $events AND topic = 'credential'"), 0,
    'no key had to change';
is $postgres->query("SELECT count(*) FROM partner.outbox
    WHERE id > $events AND topic = 'partner_credentials'"), 3,
    'a change is one event, and one to wait for';

done_testing;
