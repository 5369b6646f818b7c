#!/usr/bin/perl

# A Redis that can be read but not written: what was revoked is refused all the
# same, and everything else goes on.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $redis = $p->{redis};

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  basic limit_mode=local revocation_lease=2s stale=1h;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        location / {
            partner_auth key;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "{}"; }
    }
}
EOC


my $partner = $p->partner;

sub call { return $p->call(@_) }
sub key { return $p->key($partner) }


# What calls on connections of their own are answered, so by both workers.
sub everywhere {
    my ($key) = @_;
    my %seen = map { my $r = $t->get_as($key->{fullKey}, '/');
        $r->status == 200 ? (200 => 1) : ($r->code => 1) } 1 .. 12;
    return join(' ', sort keys %seen);
}


my $dump = join('/', map { $redis->command('CONFIG', 'GET', $_)->[1] }
    qw(dir dbfilename));


# Each way in which Redis refuses writes, and how it is brought to them.
my %refusing = (
    'too few replicas' => [
        sub { $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 1) },
        sub { $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 0) },
    ],
    'no snapshot on disk' => [
        sub {
            $redis->command('CONFIG', 'SET', 'save', '3600 1');
            mkdir($dump) or die "$dump: $!"; # where a file should be
            $redis->command('BGSAVE');
            wait_until { $redis->command('INFO', 'persistence')
                =~ /^rdb_last_bgsave_status:err/m } or die 'it was saved';
        },
        sub {
            rmdir($dump) or die "$dump: $!";
            $redis->command('BGSAVE');
            wait_until { $redis->command('INFO', 'persistence')
                =~ /^rdb_last_bgsave_status:ok/m } or die 'it is not saved';
        },
    ],
    'no memory' => [
        sub { $redis->command('CONFIG', 'SET', 'maxmemory', 1) },
        sub { $redis->command('CONFIG', 'SET', 'maxmemory', 0) },
    ],
);

for my $name (sort keys %refusing) {
    my ($begin, $end) = @{$refusing{$name}};
    my ($gone, $kept) = (key(), key());

    for my $key ($gone, $kept) {
        soon { everywhere($key) eq '200' } "$name: a key is served";
    }

    $begin->();
    my $r = call('DELETE', "/api/keys/$gone->{id}");
    ok $r->status == 200 || $r->status == 202, 'a key is revoked';

    soon { everywhere($gone) !~ /200/ } 'and refused';
    is everywhere($kept), '200', 'the other is served';

    $end->();
    soon { everywhere($gone) eq 'revoked_credential' }
        'once Redis is written again, it is known to be revoked';
    soon { everywhere($kept) eq '200' } 'and the other is served';
}

done_testing;
