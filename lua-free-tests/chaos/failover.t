#!/usr/bin/perl

# PostgreSQL is restarted, stopped for a while, and fails over to a promoted
# replica, all of it under load through nginx: 503 with Retry-After meanwhile,
# nothing acknowledged is lost or made twice, and partnerd finds its way without
# a restart.  A client repeats what was not acknowledged, under the same
# Idempotency-Key, as it should.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Http;
use Partner::Process;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant PATIENCE => 30;

my $cycles = $ENV{CHAOS} ? 10 : 1;
my $clients = $ENV{CHAOS} ? 20 : 4;

my $t = Partner::Test->new;
my @node = ($t->postgres('one'));
push @node, $t->postgres('two', follows => $node[0]);
my ($primary, $other) = @node;

my $p = $t->partnerd(postgres => $primary, environment => {
    PARTNERD_DATABASE => 'dbname=postgres user=postgres '
        . 'target_session_attrs=read-write host='
        . join(',', map { $_->host } @node) });

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=2s;
    partner_limit_policy all rate=1000000r/s burst=1000000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location /api/ {
            partner_auth key;
            proxy_pass http://%%PARTNERD%%;
        }
    }
}
EOC

my $key = $p->admin_key;
soon { $t->get_as($key, '/api/partners')->status == 200 } 'all is well';
my $partner = $p->partner(partnerName => 'one');


# One client: partners with names of its own, each until it is acknowledged.
sub client {
    my ($number) = @_;
    my (%got, %made, $end);
    local $SIG{TERM} = sub { $end = 1 };

    for (my $n = 1; !$end; $n++) {
        my $name = "$number.$n";
        my $r;

        until ($end) {
            $r = eval { Partner::Http::once($t->port(8080), 'POST',
                '/api/partners', body => encode_json({ partnerName => $name,
                    partnerType => 'Data' }),
                headers => { Authorization => "Bearer $key",
                    'Content-Type' => 'application/json',
                    'Idempotency-Key' => "the-key-of-client-$name" }) };
            $got{$r ? join(' ', $r->status, $r->code // ()) : "none: $@"}++;
            $got{'without Retry-After'}++ if $r && $r->status == 503
                && !defined $r->header('Retry-After');
            last if $r && $r->status == 201;
        }

        $made{$name} = $r->json->{data}{id} if $r && $r->status == 201;
    }

    $t->write_file("client$number",
        encode_json({ got => \%got, made => \%made }));
    exit 0;
}


my @clients = map {
    my $number = $_;
    Partner::Process->start(name => "client $number", dir => $t->dir,
        log => "$t->{dir}/client$number.log", code => sub { client($number) })
} 1 .. $clients;


sub works {
    my ($name) = @_;
    my $since = time;

    soon { my $r = $t->request('POST', '/api/keys', headers => {
        Authorization => "Bearer $key", 'Content-Type' => 'application/json' },
        body => encode_json({ partnerId => $partner,
            scopes => ['read:leads'] }));
        $r->status == 201 && $t->get_as($r->json->{data}{fullKey}, '/api/none')
            ->status != 401 } "$name: writes are back, and reach the gateway",
        PATIENCE;
    diag sprintf('%s: back after %.0f ms', $name, 1000 * (time - $since));
}


sub rows { $primary->query('SELECT count(*) FROM partner.partners') }


sub grows {
    my ($name) = @_;
    my $before = rows();
    soon { rows() > $before + 20 } $name, PATIENCE;
}


grows('the load goes on');
my $serving = $p->{serve}->pid;

for my $cycle (1 .. $cycles) {
    $primary->stop('INT');
    $primary->start;
    works("$cycle: restarted");

    $primary->stop('INT');
    soon { $t->get_as($key, '/api/partners')->code eq 'database_unavailable' }
        "$cycle: stopped: 503", PATIENCE;
    $primary->start;
    works("$cycle: started");
    soon { $primary->query('SELECT sync_state FROM pg_stat_replication')
        eq 'sync' } "$cycle: the replica follows again", PATIENCE;
    grows("$cycle: the load is back");

    # Now the primary dies for good, in the middle of what it does.
    $t->expect_leftovers;
    $primary->process->stop('KILL');
    ($primary, $other) = ($other, $primary);
    $primary->promote;
    works("$cycle: failed over");
    grows("$cycle: the load goes on at the other");

    $other->empty;
    $other->follow($primary);
}

is $p->{serve}->pid, $serving, 'partnerd is the same process';
ok $p->{serve}->running, 'which still runs';

$_->stop('TERM') for @clients;

my (%got, %made);
for my $number (1 .. $clients) {
    my $said = decode_json($t->read_file("client$number"));
    $got{$_} += $said->{got}{$_} for keys %{$said->{got}};
    %made = (%made, %{$said->{made}});
}

my @unknown = grep {
    !/^(?:201|503 database_unavailable|503 busy)$/
} keys %got;
is_deeply \@unknown, [], 'nothing but 201 and 503, with Retry-After'
    or diag explain \%got;
cmp_ok $got{'503 database_unavailable'} // 0, '>', 0, 'some were 503';

my %stored = map { split /\|/ } split /\n/, $primary->query('SELECT name, id
    FROM partner.partners');
my @lost = grep { ($stored{$_} // '') ne $made{$_} } keys %made;
is_deeply \@lost, [], 'none that was acknowledged is lost, of '
    . keys %made;
is $primary->query('SELECT count(*) FROM (SELECT FROM partner.partners
    GROUP BY name HAVING count(*) > 1) AS twice'), 0, 'and none is there twice';

done_testing;
