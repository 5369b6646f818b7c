#!/usr/bin/perl

# The metrics of ten thousand partners: what a scrape takes and how large it
# is, and what calls notice of one a second.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Process;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant {
    SCRAPE => 0.1, # seconds, at most
    EVERY => 1,    # second
};

my ($partners, $seconds, $rate) = $ENV{CHAOS} ? (10_000, 30, 2000)
    : (1_000, 2, 500);

my $t = Partner::Test->new;
my @keys = map { new_key() } 1 .. $partners;

$t->write_file('keys.json', registry(map {
    $keys[$_] => { partnerId => "partner-$_", scopes => [],
        tier => (qw(basic silver gold))[$_ % 3] }
} 0 .. $#keys));

$t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;
events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%
    access_log off;

    partner_zone zone=partners:64m;
    partner_keys %%DIR%%/keys.json;
    partner_slo  gold   tier=gold;
    partner_slo  silver tier=silver;
    partner_slo  basic  tier=basic;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        location / { partner_problem; }
        location = /metrics { partner_auth off; partner_metrics; }
    }
}
EOC

# Each partner calls.
my $tally = Partner::Load->start($t, port => $t->port(8080), keys => \@keys,
    calls => $partners)->tally;
is $tally->{calls} - $tally->{dropped}, $partners, 'each partner called';

my $page;

sub scrape {
    my $begin = time();
    $page = $t->get('/metrics');
    my $took = time() - $begin;
    die 'no metrics' if $page->status != 200;
    return $took;
}


# The load's percentiles, with as many scrapes meanwhile as there are seconds.
sub calls {
    my ($scrapes) = @_;
    my $load = Partner::Load->start($t, port => $t->port(8080),
        keys => \@keys, calls => $rate * $seconds, rate => $rate);
    my @took;
    my $next = time();

    while ($load->running) {
        push @took, scrape() if $scrapes && time() >= $next;
        $next += EVERY while $next < time();
        Partner::Process::wait_until(sub { 0 }, 0.05);
    }

    return ($load->tally, sort { $a <=> $b } @took);
}

soon { scrape(); $page->body =~ /partner="partner-@{[$partners - 1]}"/ }
    'the last one is listed';
my @listed = $page->body =~ /^partner_calls_total\{partner="partner-/mg;
is scalar @listed, $partners, 'all of them are';

my ($without) = calls(0);
my ($with, @took) = calls(1);

diag(sprintf('%d partners: %d KB, %.1f ms in the middle, %.1f ms at most; '
    . 'p99 of calls %.2f ms, %.2f ms without', $partners,
    length($page->body) / 1024, 1000 * $took[@took / 2], 1000 * $took[-1],
    $with->{p99_us} / 1000, $without->{p99_us} / 1000));
is $with->{dropped}, 0, 'no call is lost';

SKIP: {
    skip 'a time is for a machine that does nothing else', 1 if !$ENV{CHAOS};
    cmp_ok $took[@took / 2], '<=', SCRAPE, 'a scrape is fast';
}

done_testing;
