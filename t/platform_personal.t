#!/usr/bin/perl

# Personal data is stored sealed: what a dump of the database holds of a person
# ends with the person's key, and the audit trail is sound all the same.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Partnerd;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $postgres = $p->{postgres};
my $keys = "$t->{dir}/subjects";
my @canaries = ('Ada Canary', 'ada.canary@metro.example', '+1 555 0199 00',
    'Signer Canary');
my $canaries = join('|', map { quotemeta } @canaries);


sub call {
    my ($method, $uri, $body, $headers) = @_;
    return $p->request($method, $uri, headers => $headers || {},
        defined $body ? (body => encode_json($body)) : ());
}


sub data { return call(@_)->json->{data} }
sub sql { return $postgres->query($_[0]) }
sub key_files { return grep { !/master/ } glob("$keys/*") }


sub dump_of {
    my $out = `@{[Partner::Postgres::programs()]}/pg_dump -d '@{[
        $postgres->conninfo]}' 2>&1`;
    die "pg_dump: $out" if $?;
    return $out;
}


sub chained {
    soon { sql('SELECT count(*) FROM partner.audit WHERE position IS NULL')
        == 0 } 'all is chained';
}


my $partner = data('POST', '/api/partners', { partnerName => 'p',
    partnerType => 'Data' })->{id};
my $uri = "/api/partners/$partner";
my %ada = (contactName => $canaries[0], email => $canaries[1],
    phone => $canaries[2], role => 'Legal', isPrimary => JSON::PP::true);
my %once = ('Idempotency-Key' => 'o' x 16);

# ---- kept ----

my $ada = data('POST', "$uri/contacts", \%ada, \%once);
is_deeply { map { $_ => $ada->{$_} } keys %ada }, \%ada,
    'a person is shown as it was sent';
is $ada->{erasedAt}, undef, 'and not erased';
is_deeply data('POST', "$uri/contacts", \%ada, \%once), $ada,
    'asked again: the same';
is scalar key_files(), 1, 'one person has one key';
is -s "$keys/$ada->{id}", 60, 'which bears the id of the contact';
is((stat("$keys/$ada->{id}"))[2] & 07777, 0600, 'closed to others');

my $bob = data('POST', "$uri/contacts", { contactName => 'Bob',
    email => 'bob@x.example', role => 'Billing' });
is $bob->{phone}, undef, 'what is not there is not sealed';
is_deeply [map { $_->{contactName} } @{data('GET', "$uri/contacts")}],
    ['Bob', $canaries[0]], 'a list shows each';

my $agreement = data('POST', "$uri/agreements", { agreementType =>
    'Non-Disclosure', terms => { text => 'x' }, effectiveDate =>
    '2020-01-01' })->{id};
my $signed = data('PUT', "$uri/agreements/$agreement/sign", { signedBy =>
    $canaries[3] });
is $signed->{signedBy}, $canaries[3], 'who signed is shown';
ok -e "$keys/$signed->{signerId}", 'and is a subject too';

chained();
my $before = dump_of();
unlike $before, qr/$canaries/, 'a dump of the database knows nobody';
my @sealed = $before =~ /sealed:$ada->{id}:[0-9A-F]+/g;
cmp_ok scalar @sealed, '>=', 9, 'although all stands there: in the table, '
    . 'the trail and the answer that is kept';
sql("DO \$\$ BEGIN
    INSERT INTO partner.partner_contacts (partner_id, name, email, role)
    VALUES ('$partner', 'Plain', 'plain\@x.example', 'Legal');
    EXCEPTION WHEN check_violation THEN NULL; END \$\$");
is sql('SELECT count(*) FROM partner.partner_contacts'), 2,
    'nothing plain can be stored';

# ---- the trail ----

my ($made) = @{data('GET', "/api/audit?entityId=$ada->{id}")};
like $made->{after}{email}, qr/^sealed:$ada->{id}:/, 'the trail is sealed';
my $opened = data('GET', "/api/audit/$made->{position}");
is_deeply [@{$opened->{after}}{qw(name email phone)}], [@canaries[0 .. 2]],
    'one entry of it is opened';
is $opened->{hash}, $made->{hash}, 'and is the same';

# ---- what comes to nothing leaves no key ----

my @files = key_files();
is call('POST', "$uri/contacts", \%ada)->status, 409, 'a second primary one';
is call('POST', '/api/partners/0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11/contacts',
    { %ada, isPrimary => JSON::PP::false })->status, 404, 'one of nobody';
is call('PUT', "$uri/agreements/$agreement/sign", { signedBy => 'x' })->status,
    409, 'a second signature';
is_deeply [key_files()], \@files, 'left no key';

# What looks sealed is opened where the contract says so, and nowhere else.
my $trick = data('POST', '/api/partners', { partnerName => substr($sealed[0],
    0, 200), partnerType => 'Data' });
is $trick->{partnerName}, substr($sealed[0], 0, 200), 'no name is opened';

# Nor in the trail: an own name neither closes an entry nor looks erased.
my $tenant = $p->partner;
for my $name ("sealed:$ada->{id}:00", substr($sealed[0], 0, 100),
    'sealed:0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11:' . 'A9' x 28)
{
    my $app = data('POST', '/api/applications', { appName => $name,
        permissions => ['read:leads'], partnerId => $tenant });
    is $app->{appName}, $name, 'a name of an application';
    chained();
    my ($entry) = @{data('GET', "/api/audit?entityId=$app->{id}")};
    is_deeply data('GET', "/api/audit/$entry->{position}"), $entry,
        'stays as it is in the trail';
}

# ---- erased ----

my $copy = $t->read_file("$keys/$ada->{id}");
my $erasure = data('POST', '/api/erasures', { subjectId => $ada->{id},
    reason => 'asked for' });
is $erasure->{partnerId}, $partner, 'an erasure';
is data('POST', '/api/erasures', { subjectId => $ada->{id}, reason => 'x' })
    ->{id}, $erasure->{id}, 'which happens once';
soon { data('GET', "/api/erasures/$erasure->{id}")->{destroyedAt} }
    'the key is destroyed';
ok !-e "$keys/$ada->{id}", 'indeed';

my ($other, $gone) = @{data('GET', "$uri/contacts")};
is_deeply [@{$gone}{qw(contactName email phone)}], [undef, undef, undef],
    'nobody is shown';
ok $gone->{erasedAt} && !$gone->{isPrimary}, 'nor asked';
is $other->{contactName}, 'Bob', 'others are as they were';
is call('POST', "$uri/contacts", \%ada)->status, 201,
    'somebody else is the primary one';
is data('GET', "/api/audit/$made->{position}")->{after}{email}, undef,
    'the trail has lost it';
is_deeply data('POST', "$uri/contacts", \%ada, \%once)->{email}, undef,
    'and so has the answer that is kept';
data('POST', '/api/erasures', { subjectId => $signed->{signerId},
    reason => 'asked for' });
soon { !-e "$keys/$signed->{signerId}" } 'who signed can be erased';
is data('GET', "$uri/agreements")->[0]{signedBy}, undef, 'and is';
is data('GET', "$uri/agreements")->[0]{status}, 'In Force',
    'what was signed stays so';
is call('POST', '/api/erasures', { subjectId => $partner, reason => 'x' })
    ->status, 404, 'a partner is no person';

# ---- of a partner that is deleted ----

my $ended = data('POST', '/api/partners', { partnerName => 'ended',
    partnerType => 'Data' })->{id};
my %eve = (%ada, contactName => 'Eve Gone', email => 'eve@gone.example');
my $eve = data('POST', "/api/partners/$ended/contacts", \%eve)->{id};
my $of_eve = data('POST', "/api/partners/$ended/agreements", {
    agreementType => 'Non-Disclosure', terms => { text => 'x' },
    effectiveDate => '2020-01-01' })->{id};
data('PUT', "/api/partners/$ended/agreements/$of_eve/sign",
    { signedBy => 'Eve Gone' });
call('DELETE', "/api/partners/$ended");
is call('GET', "/api/partners/$ended/$_")->status, 404, "nobody reads its $_"
    for 'contacts', "contacts/$eve", 'agreements', "agreements/$of_eve";
chained();


# Who the audit trail has of the partner: subjects, in the order of their rows.
sub people {
    my ($resource) = @_;
    return map { data('GET', "/api/audit/$_->{position}") }
        @{data('GET', "/api/audit?partnerId=$ended&resource=$resource")};
}


my ($person) = grep { ($_->{after}{email} // '') eq $eve{email} }
    people('contacts');
is $person->{entityId}, $eve, 'the trail says who somebody is';
my ($signature) = grep { ($_->{after}{signed_by} // '') eq 'Eve Gone' }
    people('agreements');
ok $signature->{after}{signer}, 'and who signed';

for my $subject ($eve, $signature->{after}{signer}) {
    is call('POST', '/api/erasures', { subjectId => $subject,
        reason => 'asked for' })->status, 201, 'so that they can be erased';
    soon { !-e "$keys/$subject" } 'which they are';
}

is scalar(grep { encode_json($_) =~ /Eve Gone|eve\@gone/ } people('contacts'),
    people('agreements')), 0, 'there as well';

chained();
my ($status, $out, $said) = $p->run('check', 'audit');
is $status, 0, 'the trail is sound without them' or diag $said;

# ---- copies ----

sub write_key {
    open(my $out, '>:raw', "$keys/$ada->{id}") or die "$ada->{id}: $!";
    print $out $copy;
    close($out) or die "$ada->{id}: $!";
}


$p->{work}->stop;
write_key();
is data('GET', "$uri/contacts")->[-1]{email}, $canaries[1],
    'a key that comes back from a copy opens again: the control';
$p->work;
soon { !-e "$keys/$ada->{id}" } 'until a worker destroys it again';

sql('CREATE DATABASE restored');
open(my $psql, '|-', Partner::Postgres::programs() . '/psql', '-Xq', '-o',
    '/dev/null', '-d', $postgres->conninfo('restored')) or die "psql: $!";
print $psql $before;
close($psql) or die 'the dump cannot be restored';

my $again = Partner::Partnerd->new(dir => "$t->{dir}/again",
    binary => $p->{binary}, environment => { %{$p->{environment}},
        PARTNERD_DATABASE => $postgres->conninfo('restored') });
$again->serve;
is_deeply [map { $_->{contactName} } @{$again->request('GET',
    "$uri/contacts")->json->{data}}], ['Bob', undef],
    'a dump of before the erasure does not bring anybody back';
$again->{serve}->stop;

# ---- keys that cannot be read ----

rename("$keys/$bob->{id}", "$t->{dir}/bob") or die "$bob->{id}: $!";
$copy = "\0" x 60;
$ada->{id} = $bob->{id};
write_key();
my $r = call('GET', "$uri/contacts");
is $r->status, 503, 'a key that is none';
is $r->code, 'subject_keys_unavailable', 'is no erased one';
is call('GET', $uri)->status, 200, 'the rest is served';
rename("$t->{dir}/bob", "$keys/$bob->{id}") or die "$bob->{id}: $!";
is call('GET', "$uri/contacts")->status, 200, 'mended';

# ---- the command line ----

my %wrong = (
    'no folder' => [['--subject-keys', ''], qr/--subject-keys is missing/],
    'no such folder' => [['--subject-keys', '/nowhere'], qr/No such file/],
    'an open folder' => [['--subject-keys', '/tmp'], qr/is open to others/],
    'no master key' => [['--master-key', ''], qr/--master-key is missing/],
    'another master key' => [['--master-key', "$t->{dir}/other.key"],
        qr/made under another master key/],
    'a short master key' => [['--master-key', "$t->{dir}/short.key"],
        qr/is not one to 4 lines of 64/],
    'an open master key' => [['--master-key', "$t->{dir}/open.key"],
        qr/is open to others/],
);
$t->write_file($_->[0], $_->[1]) for ['other.key', 'ab' x 32],
    ['short.key', 'ab' x 31], ['open.key', 'ab' x 32];
chmod(0600, map { "$t->{dir}/$_.key" } qw(other short));
chmod(0644, "$t->{dir}/open.key");

for my $name (sort keys %wrong) {
    my ($options, $finding) = @{$wrong{$name}};
    my ($status, undef, $said) = $p->run('serve', @$options);
    isnt $status, 0, "$name: refused";
    like $said, $finding, "$name: said";
}

unlike $t->read_file("$p->{dir}/$_.log"), qr/$canaries/, "$_ logs nobody"
    for 'serve', 'work';

done_testing;
