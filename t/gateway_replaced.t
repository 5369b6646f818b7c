#!/usr/bin/perl

# What an upstream says of limits and of partners beside what the gateway says.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();

$t->write_file('keys.json', registry($key => { partnerId => 'acme',
    scopes => [] }));

my @theirs = ('X-RateLimit-Limit: 77', 'x-ratelimit-remaining: 77',
    'X-RateLimit-Reset: 77', 'RateLimit: "theirs";r=77;t=77',
    'RateLimit-Policy: "theirs";q=77;w=77', 'ratelimit-limit: 77',
    'RateLimit-Remaining: 77', 'RateLimit-Reset: 77', 'Retry-After: 77',
    'X-Partner-Id: theirs', 'x-partner-balance: 77', 'X-Rate: 77');

$t->upstream(sub {
    my ($connection, $request) = @_;
    my $status = $request->{uri} =~ m{/status/(\d+)} ? $1 : 200;
    return Partner::Upstream::answer($connection, $status, '{}', @theirs,
        'Cache-Control: max-age=3600');
});

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_tier gold limit_mode=local;
    partner_limit_policy ours rate=50r/h;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /free/ { partner_auth key; proxy_pass http://%%UPSTREAM%%; }
        location /limited/ {
            partner_auth  key;
            partner_limit ours;
            proxy_pass    http://%%UPSTREAM%%;
        }
        location /kept/ {
            partner_auth    key;
            partner_limit   ours;
            proxy_cache     answers;
            proxy_cache_key $partner_cache_key;
            add_header      X-Cache $upstream_cache_status;
            add_header      X-Partner-Mine $partner_id;
            proxy_pass      http://%%UPSTREAM%%;
        }
    }
}
EOC

# The fields of that answer that the upstream wrote, by their numbers.
sub theirs {
    my ($answer) = @_;
    return join(' ', sort map { lc }
        $answer->head =~ /^([\w-]+): .*(?:77|theirs)/mg);
}

my $all = join(' ', sort map { lc((split /:/)[0]) } @theirs);
my @limits = qw(X-RateLimit-Limit X-RateLimit-Remaining X-RateLimit-Reset
    RateLimit-Policy RateLimit);

is theirs($t->get('/')), $all, 'without the gateway all passes';

is theirs($t->get_as($key, '/free/')),
    join(' ', grep { !/^x-partner-/ } split(/ /, $all)),
    'without a limit those of partners are dropped';

for my $uri ('/limited/', '/kept/', '/kept/') {
    my $answer = $t->get_as($key, $uri);
    is theirs($answer), 'x-rate', "$uri: limits are the gateway's";
    is scalar(my @all = $answer->header_all($_)), 1, "one $_" for @limits;
}

my $hit = $t->get_as($key, '/kept/');
is $hit->header('X-Cache'), 'HIT', 'kept';
is $hit->header('X-RateLimit-Remaining'), 46, 'told anew';
is $hit->header('X-Partner-Mine'), 'acme', 'what the operator adds passes';

is theirs($t->get_as($key, '/limited/status/503')), 'retry-after x-rate',
    'when to try again, of an error';

done_testing;
