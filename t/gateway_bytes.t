#!/usr/bin/perl

# Bytes in metrics are those that nginx itself says it read and sent, by tier.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(gold silver);

$t->write_file('keys.json', registry(map { $key{$_} => { tier => $_,
    partnerId => "of-$_" } } keys %key));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    log_format bytes '$partner_tier $request_length $bytes_sent';

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_tier gold   limit_mode=local;
    partner_tier silver limit_mode=local;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            access_log %%DIR%%/bytes.log bytes;
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
        location = /json { partner_metrics json; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
        location /long { return 200 "a longer answer than the others\n"; }
    }
}
EOC

my @calls = (['gold', '/'], ['gold', '/long'], ['silver', '/', 'x' x 5000],
    ['none', '/long']);

for (@calls) {
    my ($tier, $uri, $body) = @$_;
    $t->request('POST', $uri, body => $body // '', headers => {
        Authorization => 'Bearer ' . ($key{$tier} // new_key()) });
}


# Of each tier: bytes that came, and bytes that went.
sub logged {
    my %sum;

    for (split(/\n/, $t->read_file('bytes.log'))) {
        my ($tier, @n) = split(/ /);
        $tier = 'none' unless $key{$tier};
        $sum{$tier}[$_] += $n[$_] for 0, 1;
    }

    return \%sum;
}


my @names = qw(request response);

sub of_text {
    my $text = $t->get('/metrics')->body;
    my %sum;

    for my $i (0, 1) {
        my $name = "partner_$names[$i]_bytes_total";
        $sum{$1}[$i] = $2 while $text =~ /^$name\{tier="(\w+)"\} ([1-9]\d*)/mg;
    }

    return \%sum;
}


sub of_json {
    my $tiers = $t->get('/json')->json->{tiers};
    return { map { my $tier = $_;
        $tiers->{$tier}{requestBytes}
            ? ($tier => [map { $tiers->{$tier}{"${_}Bytes"} } @names]) : ()
    } keys %$tiers };
}


soon { @{[$t->read_file('bytes.log') =~ /\n/g]} == @calls } 'logged';
my $expected = logged();

cmp_ok $expected->{silver}[0], '>', 5000, 'a body is in it';
is_deeply of_text(), $expected, 'as text';
is_deeply of_json(), $expected, 'as JSON';

done_testing;
