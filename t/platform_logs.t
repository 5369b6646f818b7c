#!/usr/bin/perl

# Whatever is sent, and whatever PostgreSQL says about it: partnerd's log holds
# no personal data, and says all the same what went wrong.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Logs;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $postgres = $p->{postgres};
my %canary = (name => 'Ada Canary', email => 'ada.canary@metro.example',
    phone => '+49 170 1234567', card => '4111 1111 1111 1111');
my $gateway = '0123456789abcdef';


# The lines of an event, as objects.
sub logged {
    my ($verb, $event) = @_;
    return grep { $_->{event} eq $event } map { decode_json($_) }
        split(/\n/, $t->read_file("$p->{dir}/$verb.log"));
}


# ---- requests ----

my $body = encode_json(\%canary);
my $email = $canary{email};

for my $case (['POST', '/api/partners', $body, 422],
    ['POST', '/api/partners', substr($body, 0, -1), 400],
    ['POST', '/api/partners', $body . $body, 400],
    ['GET', "/api/partners/$email", undef, 400],
    ['GET', "/api/partners?cursor=$email&$email=1", undef, 400],
    ['GET', "/$email", undef, 404]) {
    my ($method, $uri, $sent, $status) = @$case;
    is $p->request($method, $uri, defined $sent ? (body => $sent) : ())
        ->status, $status, "$method $uri";
}

is $p->request('POST', '/api/partners', body => '{}', as => {
    client => $email })->status, 422, 'a client whose id is an address';
is_deeply [map { $_->{client} } logged('serve', 'request')],
    ['test', 'test', 'test', '***'], 'is masked in the line of its call';

# ---- jobs ----

sub refuse {
    my ($state, $said) = @_;

    $postgres->query("CREATE OR REPLACE FUNCTION partner.refuse()
        RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
        RAISE EXCEPTION '$said' USING ERRCODE = '$state',
        DETAIL = 'Key (email)=($canary{email})'; END \$\$;
        CREATE OR REPLACE TRIGGER refuse BEFORE INSERT
        ON partner.usage_counters EXECUTE FUNCTION partner.refuse()");
    $p->{redis}->command('HSET', "partner:usage:$gateway",
        '495000/p/-/o/ok/gold/200', '1 0 0 0 1 1');
    $p->{redis}->command('SADD', 'partner:gateways', $gateway);
    my ($line);
    soon { ($line) = grep { $_->{sqlstate} eq $state }
        logged('work', 'statement') } "an error of state $state is logged";

    return $line->{detail};
}

is refuse('P0001', "no room for $canary{email}, $canary{phone}"),
    'no room for ***, ***', 'without what is personal in its message';
is refuse('22P02', qq(invalid input syntax: "$canary{name}")), '',
    'without the message, where that quotes a value';

# ---- verbs ----

$postgres->query('ALTER TABLE partner.api_keys ADD CHECK (name NOT LIKE
    \'% none\')');
my ($status, $out, $said) = $p->run('operator-key', '--name',
    "$canary{email} $canary{name} none");
isnt $status, 0, 'a name that the database does not take';
like $said, qr/"sqlstate":"23514"/, 'is refused by PostgreSQL';
unlike $said, qr/Canary|metro/, 'whose DETAIL has the row';

($status, $out, $said) = $p->run('serve', "--databse=password=$canary{name}");
like $said, qr/no option "--databse"/, 'a misspelt option';
unlike $said, qr/Canary/, 'is named without its value';

# ---- PostgreSQL's own log, as docs/operations.md sets it up ----

$postgres->query("ALTER SYSTEM SET $_") for q(log_min_duration_statement = 0),
    'log_parameter_max_length = 0', q(log_error_verbosity = 'terse');
$postgres->query('SELECT pg_reload_conf()');

my $log = "$postgres->{dir}/postgres.log";
soon { $p->request('GET', '/api/partners');
    $t->read_file($log) =~ /duration: .*FROM .*partners/s }
    'statements are logged';

is $p->request('POST', '/api/partners', body => encode_json({
    partnerName => 'Quill Ltd', partnerType => 'Data' }))->status, 201,
    'a partner of that name';
($status) = $p->run('operator-key', '--name', 'Quill none');
soon { $t->read_file($log) =~ /violates check constraint/ } 'and an error';
unlike $t->read_file($log), qr/Quill/, 'but no value';

# ---- all of it ----

my $canaries = join('|', map { quotemeta } values %canary);
my @logs = grep { m{/partnerd/} } Partner::Logs::files($t->dir);
cmp_ok scalar(@logs), '>=', 4, 'partnerd has logs';
is_deeply [grep { $t->read_file($_) =~ /$canaries/i } @logs], [],
    'and none of them holds a canary';

done_testing;
