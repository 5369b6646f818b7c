#!/usr/bin/perl

# partnerd comes up for a test: migrated, serving, projecting into Redis, and
# it tells the identity that the gateway vouches for.

use strict;
use warnings;
use lib 't/lib';

use Partner::Schema;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $partnerd = $t->partnerd;

like $partnerd->admin_key, qr/^sk_[0-9A-Za-z]{49}$/, 'an operator gets a key';

is $partnerd->request('GET', '/api/ready')->status, 200, 'it is ready';
is $partnerd->request('GET', '/api/partners')->status, 200,
    'an operator is heard';
is $partnerd->request('GET', '/api/partners', as => { partner => undef,
    client => undef, scopes => undef })->status, 401, 'nobody is not';

ok wait_until { $partnerd->{redis}->command('GET', 'partner:projection') },
    'the worker completes the projection';

# What its answers are held against finds each bound that one breaks.
my $schema = Partner::Schema->new({});
my %bounds = (
    minimum => [2, 1], maximum => [2, 3], minLength => [2, 'x'],
    maxLength => [2, 'xxx'], pattern => ['^a$', 'b'], format => ['uuid', 'b'],
    minItems => [1, []], maxItems => [1, [1, 2]],
);

for my $bound (sort keys %bounds) {
    my ($allowed, $value) = @{$bounds{$bound}};
    is scalar(my @wrong = $schema->mistakes({ $bound => $allowed }, $value)),
        1, "a schema's $bound";
}

is_deeply [$schema->mistakes({ map { $_ => $bounds{$_}[0] } qw(minimum maximum
    minItems maxItems) }, $_)], [], 'what keeps to them' for 2, [2], undef;

done_testing;
