#!/usr/bin/perl

# Agreements while they are drafts: read one by one, changed in their place by
# the platform alone, and signed as they were read.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $id = $p->partner;
my $uri = "/api/partners/$id/agreements";
my %me = (partner => $id, scopes => 'manage:partners');
my %other = (%me, partner => $p->partner);
my %new = (agreementType => 'Data Processing', terms => { text => 'one' },
    effectiveDate => '2020-01-01', expirationDate => '2099-01-01');
my %changed = (agreementType => 'Service Level', terms => { text => 'two',
    retention => [{ data => 'rides', days => 90 }] },
    effectiveDate => '2020-02-01');


# With If-Match, where a tag is given.
sub call {
    my ($method, $to, $body, $tag, %as) = @_;
    return $p->request($method, $to, as => \%as,
        headers => defined $tag ? { 'If-Match' => $tag } : {},
        defined $body ? (body => encode_json($body)) : ());
}


sub draft { return "$uri/" . $p->made($uri, \%new)->{id} }


sub refused {
    my ($r, $code, $says, $name) = @_;
    is $r->code, $code, $name or diag $r->body;
    like $r->json->{detail} // '', $says, 'which it says';
}


my $one = draft();
my $r = call('GET', $one, undef, undef, %me);
is $r->status, 200, 'its partner reads it' or diag $r->body;
is_deeply $r->json->{data}, $p->request('GET', $uri)->json->{data}[0],
    'as the list has it';
my $tag = $r->header('ETag');
ok $tag, 'at a version';
is call('GET', $one, undef, undef, %other)->status, 404, 'no other does';
is call('GET', $one =~ s/\Q$id\E/$other{partner}/r)->status, 404,
    'nor is it one of another';

# ---- changed ----

$r = call('PUT', $one, \%changed, $tag, scopes => 'finance');
is $r->status, 200, 'changed as it was read' or diag $r->body;
my $data = $r->json->{data};
is_deeply { map { $_ => $data->{$_} } keys %new },
    { %changed, expirationDate => undef }, 'as a whole';
is $data->{status}, 'Draft', 'and still a draft';
is_deeply call('GET', $one)->json->{data}, $data, 'read back';
isnt $r->header('ETag'), $tag, 'at another version';
is call('PUT', $one, \%new, $tag)->code, 'precondition_failed',
    'nobody changes what they have not read';
is call('PUT', $one, { %changed, expirationDate => '2019-01-01' })->json
    ->{errors}[0]{pointer}, '/expirationDate', 'a period has an order';
is call('PUT', $one, \%new, undef, %me)->code, 'insufficient_scope',
    'its partner does not write it';
refused call('PUT', $one, \%new, undef, %me, scopes => 'admin'),
    'beyond_own_rights', qr/a partner signs an agreement, and no more/,
    'whatever the scopes say';
is_deeply call('GET', $one)->json->{data}, $data, 'so it is as it was';

# ---- signed ----

my %ada = (signedBy => 'Ada');
refused call('PUT', "$one/sign", \%ada, undef, %me), 'precondition_failed',
    qr/If-Match says what was read, "2" by now/,
    'what has changed is not signed unread';
is call('PUT', "$one/sign", \%ada, $tag, %me)->code, 'precondition_failed',
    'nor as it was before';
$r = call('PUT', "$one/sign", \%ada,
    call('GET', $one, undef, undef, %me)->header('ETag'), %me);
is $r->status, 200, 'but as it is' or diag $r->body;
is $r->json->{data}{terms}{text}, 'two', 'which are the terms then';
refused call('PUT', $one, \%new), 'invalid_state', qr/signed does not change/,
    'and stay it';
is call('PUT', "$one/sign", \%ada, undef, %me)->code, 'invalid_state',
    'signed once';

my $old = $p->made($uri, { %new, expirationDate => '2020-02-01' })->{id};
is call('PUT', "$uri/$old/sign", \%ada)->code, 'invalid_state',
    'a draft that has expired is not signed';
is call('PUT', "$uri/$old", \%new)->json->{data}{status}, 'Draft',
    'but given another date';

is $p->{postgres}->query("SELECT string_agg(event, ' ' ORDER BY id)
    FROM partner.outbox WHERE entity = '$data->{id}'"),
    'partner.agreement_created partner.agreement_changed '
    . 'partner.agreement_signed', 'each leaves its event';

# ---- its partner goes ----

$one = draft();
is call('DELETE', "/api/partners/$id")->status, 200, 'its partner is deleted';
is call(@$_)->status, 404, "$_->[0] $_->[1]: not there" =~ s/[0-9a-f-]{36}/./gr
    for ['GET', $one], ['PUT', $one, \%new], ['PUT', "$one/sign", \%ada],
    ['DELETE', $one];

done_testing;
