#!/usr/bin/perl

# A rotated key has a successor with its rights, and works on until the overlap
# is over: that is how gateways read it.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;


sub call { return $p->call(@_) }


sub record {
    my $text = $p->{redis}->command('GET',
        'partner:cred:' . sha256_hex($_[0]{fullKey}));
    return defined $text ? decode_json($text) : {};
}


my $partner = call('POST', '/api/partners', { partnerName => 'p',
    partnerType => 'Data', category => 'Payments & Wallets' })
    ->json->{data}{id};
my $old = call('POST', '/api/keys', { partnerId => $partner,
    scopes => ['read:leads'], rateLimit => 7, environment => 'staging' })
    ->json->{data};

my $r = call('POST', "/api/keys/$old->{id}/rotate", { overlapSeconds => 60 });
is $r->status, 201, 'a key is rotated';
my $new = $r->json->{data};
like $new->{fullKey}, qr/^sk_/, 'its successor is shown once';
isnt $new->{fullKey}, $old->{fullKey}, 'and is another';
is_deeply [@$new{qw(scopes rateLimit environment expiresAt status)}],
    [['read:leads'], 7, 'staging', undef, 'Active'], 'with the same rights';

soon { record($old)->{expiresAt} } 'the old one gets an end';
is record($old)->{status}, 'active', 'and works until then';
soon { record($new)->{id} } 'the new one is projected';
is record($new)->{expiresAt}, undef, 'and has no end';
is record($new)->{category}, 'payments-wallets', 'its category is a name';

my ($listed) = grep { $_->{id} eq $old->{id} }
    @{call('GET', "/api/keys?partnerId=$partner")->json->{data}};
is $listed->{status}, 'Rotated', 'the API says what became of it';

$r = call('POST', "/api/keys/$old->{id}/rotate", { overlapSeconds => 60 });
is $r->status, 409, 'a rotated key has its successor already';
is $r->code, 'invalid_state', 'which the code says';
like $r->json->{detail}, qr/a key that is Rotated cannot/, 'and the detail';
is scalar @{call('GET', "/api/keys?partnerId=$partner")->json->{data}}, 2,
    'and no other was made';
$r = call('POST', "/api/keys/$new->{id}/rotate");
is_deeply [$r->status, $r->json->{data}{expiresAt}], [201, undef],
    'the successor is rotated in its turn, to one without an end';

is call('POST', "/api/keys/$old->{id}/rotate", { overlapSeconds => 59 })
    ->status, 422, 'an overlap has a least length';
call('DELETE', "/api/keys/$old->{id}");
is call('POST', "/api/keys/$old->{id}/rotate", {})->code, 'invalid_state',
    'a revoked key has no successor';
my $late = call('POST', '/api/keys', { partnerId => $partner,
    scopes => ['read:leads'] })->json->{data};
$p->{postgres}->query("UPDATE partner.api_keys
    SET expires_at = now() - interval '1 second' WHERE id = '$late->{id}'");
is call('POST', "/api/keys/$late->{id}/rotate", {})->code, 'invalid_state',
    'nor has an expired one';
is call('POST', "/api/keys/$partner/rotate", {})->status, 404,
    'nor has one that is not there';

done_testing;
