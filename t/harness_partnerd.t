#!/usr/bin/perl

# partnerd comes up for a test: migrated, serving, projecting into Redis, and
# it tells the identity that the gateway vouches for.

use strict;
use warnings;
use lib 't/lib';

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

# Whatever is asked, the answer is held against the contract.
my $document = $partnerd->{schema}{document};
push @{$document->{components}{schemas}{PartnerPage}{required}}, 'pages';
ok !eval { $partnerd->request('GET', '/api/partners') }, 'a wrong answer';
like $@, qr/200 of partners\.list: : lacks pages/, 'ends the test';
@{$document->{paths}{'/api/partners/{partnerId}'}{get}{'x-errors'}} = ();
ok !eval { $partnerd->request('GET', '/api/partners/x') }, 'a code unheard of';
like $@, qr/invalid_parameter is not among its x-errors/, 'does as well';

done_testing;
