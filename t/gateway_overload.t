#!/usr/bin/perl

# An API that hangs: the gateway stops asking it, but for a call now and then,
# and goes on as soon as it answers again, be it as another process.  One that
# streams, one behind a cache and one that callers send to slowly do not hang.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my @tiers = qw(basic silver gold);
my %key = map { $_ => new_key() } @tiers;
$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_ } } @tiers));

# What is asked while the file is there is never answered, and a stream never
# ends.
my $hang = $t->dir . '/hang';
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;

    if ($request->{uri} =~ /stream/) {
        print $connection "HTTP/1.1 200 -\r\n\r\ndata: 1\n\n";
        return readline($connection);
    }

    return readline($connection) if -e $hang;
    return Partner::Upstream::answer($connection, 200,
        $request->{method} eq 'HEAD' ? '' : '{}');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:4m;
    partner_keys %%DIR%%/keys.json;

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        proxy_read_timeout 20s;

        location /kept {
            partner_overload kept;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /dry {
            partner_overload dry dry_run=on;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /clock {
            partner_overload clock;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /streams {
            partner_overload streams;
            proxy_buffering off;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /cached {
            partner_overload cached;
            proxy_cache answers;
            proxy_cache_key $partner_cache_key;
            proxy_cache_valid 1h;
            proxy_read_timeout 2s;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /sent {
            partner_overload sent;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /heads {
            partner_overload heads;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /cold {
            partner_overload cold;
            proxy_read_timeout 2s;
            proxy_pass http://%%UPSTREAM%%:/;
        }

        location /away {
            partner_overload away;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location = /metrics { partner_auth off; partner_metrics; }
    }
}
EOC


sub metric {
    my ($name) = @_;
    return ($t->get('/metrics')->body =~ /^\Q$name\E (\S+)/m)[0];
}


sub turned {
    my ($pool, @of) = @_;
    my $n = 0;
    $n += metric(qq(partner_overload_turned_total{pool="$pool",tier="$_"}))
        for @of ? @of : @tiers;
    return $n;
}


sub statuses {
    my ($uri, $n) = @_;
    return join(' ', map { $t->get_as($key{$_ % 2 ? 'gold' : 'basic'}, $uri)
        ->status } 1 .. $n);
}


my @waiting;


# Asks, and leaves the call alone.
sub ask {
    my ($uri, $tier, $method, $more) = @_;
    my $c = $t->connect;
    $c->send(($method // 'GET') . " $uri HTTP/1.1\r\nHost: a\r\n"
        . "Authorization: Bearer $key{$tier}\r\n" . ($more // "\r\n"));
    push @waiting, $c;
    return $c;
}


# How many calls the API was asked whose URI is so.
sub reached {
    my ($uri) = @_;
    return scalar(grep { $_->{uri} =~ $uri } $upstream->requests);
}


# Three wait in vain elsewhere, until that is clear to basic: whoever waited
# before them has waited long enough.  Meanwhile something goes on.
sub pass_time {
    my ($meanwhile) = @_;
    ask('/clock', 'gold') for 1 .. 3;
    my $before = turned('clock');
    return soon { $meanwhile->() if $meanwhile; ask('/clock', 'basic');
        turned('clock') > $before } 'time goes by';
}


sub hangs { open(my $fh, '>', $hang) or die "$hang: $!" }
sub answers_again { unlink($hang) or die "$hang: $!" }


# One after another: nothing but its silence is a reason to turn one away.
is statuses('/kept', 70), join(' ', (200) x 70), 'it answers';
is statuses('/dry', 70), join(' ', (200) x 70), 'it answers';
is turned('kept') + turned('dry'), 0, 'and nobody is turned away';
is statuses("/$_", 70), join(' ', (200) x 70), "$_: it answers"
    for qw(clock streams sent);

subtest 'it hangs' => sub {
    hangs();

    for my $tier (@tiers) {
        soon { ask('/kept', $tier); turned('kept', $tier) > 0 }
            "$tier: not asked any more";
    }

    my $r;
    soon { ask('/kept', 'basic');
        ($r = $t->get_as($key{basic}, '/kept'))->status == 503 } 'refused';
    is $r->code, 'overloaded', 'with what is wrong';
    is $r->header('Retry-After'), 1, 'and when to come back';

    answers_again();
    soon { $t->get_as($key{basic}, '/kept')->status == 200 }
        'basic is served as soon as it answers, whoever still waits';
    my $turned = turned('kept');
    is statuses('/kept', 20), join(' ', (200) x 20), 'and so is everybody';
    is turned('kept'), $turned, 'nobody is turned away any more';
};

subtest 'a dry run' => sub {
    hangs();
    soon { ask('/dry', 'basic'); turned('dry') > 10 }
        'whom it would turn away is counted';
    answers_again();
    is statuses('/dry', 10), join(' ', (200) x 10), 'it answers';
    @waiting = ();
};

subtest 'it never answered' => sub {
    hangs();
    ask('/cold', 'gold') for 1 .. 3;
    soon { ask('/cold', 'basic'); turned('cold', 'basic') > 0 }
        'known once a call was lost';
    answers_again();
    soon { statuses('/cold', 10) eq join(' ', (200) x 10) }
        'and over once it answers';
    @waiting = ();
};

subtest 'what has begun to be answered does not wait' => sub {
    my @streams = map { ask('/streams/stream', 'basic') } 1 .. 3;
    like $_->piece, qr/200/, 'a stream begins' for @streams;
    hangs();
    pass_time();
    ask('/streams/crowd', 'gold') for 1 .. 2;
    soon { reached(qr/crowd/) == 2 } 'a crowd is let in';
    is turned('streams'), 0, 'as a whole';
    answers_again();
    @waiting = ();
};

subtest 'nor does what a cache keeps' => sub {
    is $t->get_as($key{gold}, '/cached/1')->status, 200, 'gold calls as well';
    is $t->get_as($key{basic}, "/cached/$_")->status, 200, 'it answers'
        for 1 .. 70;
    hangs();
    ask('/cached/cold', 'basic');
    soon { reached(qr/cold/) == 1 } 'one asks what is not kept';
    my %status;
    my $hits = sub { $status{$t->get_as($key{basic}, "/cached/$_")->status}++
        for 1 .. 5 };
    $hits->();
    pass_time($hits);
    $hits->();
    is join(' ', keys %status), 200, 'all others have what is';
    is turned('cached'), 0, 'nobody is turned away';
    answers_again();
    @waiting = ();
};

subtest 'nor who is still sending' => sub {
    my @sent = map { ask('/sent/body', 'basic', 'POST',
        "Content-Length: 4\r\n\r\nab") } 1 .. 3;
    soon { metric('partner_in_flight') >= 3 } 'they send';
    hangs();
    pass_time();
    ask('/sent/crowd', 'gold') for 1 .. 2;
    soon { reached(qr{crowd}) == 4 } 'a crowd is let in';
    is turned('sent'), 0, 'as a whole';
    answers_again();
    $_->send('cd') for @sent;
    is $_->response->status, 200, 'and they are answered' for @sent;
    @waiting = ();
};

# What has no body tells as much of the API.
subtest 'heads' => sub {
    $t->request('HEAD', '/heads', headers => {
        Authorization => "Bearer $key{gold}" }) for 1 .. 70;
    is turned('heads'), 0, 'nobody is turned away';
    hangs();
    soon { ask('/heads', 'basic', 'HEAD'); turned('heads') > 0 }
        'until it hangs';
    answers_again();
    @waiting = ();
};

is statuses('/away', 40), join(' ', (502) x 40), 'who is away does not hang';
is turned('away'), 0, 'nobody is turned away from it';

soon { metric('partner_in_flight') == 0 } 'nothing stays in flight';

done_testing;
