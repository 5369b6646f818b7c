#!/usr/bin/perl

# Partners: their states, their pages, and who sees which.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);


sub post {
    my ($uri, $body, %as) = @_;
    return $p->request('POST', $uri, as => \%as,
        defined $body ? (body => encode_json($body)) : ());
}


sub create {
    my ($name, %more) = @_;
    return post('/api/partners',
        { partnerName => $name, partnerType => 'Service', %more });
}


# ---- one partner's life ----

my $r = create('Zoë & Söhne', tier => 'Premium',
    category => 'Payments & Wallets');
is $r->status, 201, 'created';
my $partner = $r->json->{data};
is $partner->{partnerName}, 'Zoë & Söhne', 'its name, as it was sent'
    or diag $r->body;
is $partner->{tier}, 'silver', 'premium is silver';
is $partner->{status}, 'Pending', 'new partners wait';
my $uri = "/api/partners/$partner->{id}";

is_deeply $p->request('GET', $uri)->json->{data}, $partner, 'read back';

my $http = Partner::Http->new($p->socket);
my $length = length $http->request('GET', '/api/health')->body;
my $head = $http->request('HEAD', '/api/health');
is $head->status, 200, 'HEAD';
is $head->header('Content-Length'), $length, 'has the length of the body';
is $http->request('GET', '/api/health')->status, 200,
    'without the body: the next answer follows at once';

is post("$uri/suspend", {})->json->{errors}[0]{pointer}, '/reason',
    'no suspension without a reason';
is post("$uri/activate")->json->{data}{status}, 'Active', 'activated';
is post("$uri/activate")->json->{data}{status}, 'Active', 'activated again';

$r = post("$uri/suspend", { reason => 'unpaid' });
is $r->json->{data}{status}, 'Suspended', 'suspended';
is $r->json->{data}{statusReason}, 'unpaid', 'for a reason';
is post("$uri/activate")->json->{data}{statusReason}, undef,
    'the reason goes with it';

is post("$uri/deactivate", {})->json->{errors}[0]{pointer}, '/reason',
    'nor is it deactivated without one';
$r = post("$uri/deactivate", { reason => 'ended' });
is_deeply [@{$r->json->{data}}{qw(status statusReason)}],
    ['Inactive', 'ended'], 'deactivated' or diag $r->body;
$r = post("$uri/suspend", { reason => 'x' });
is $r->status, 409, 'an inactive partner cannot be suspended';
is $r->code, 'invalid_state', 'as a problem';
like $r->json->{detail}, qr/Inactive cannot become Suspended/, 'that says why';

is $p->{postgres}->query('SELECT string_agg(event, \' \' ORDER BY id)
    FROM partner.outbox WHERE topic = \'partner\''),
    'partner.created partner.activated '
    . 'partner.suspended partner.activated partner.deactivated',
    'each change left its event, once';

is create('e', tier => 'ENTERPRISE')->json->{data}{tier}, 'gold',
    'enterprise is gold';
is create('b')->json->{data}{tier}, 'basic', 'basic unless said otherwise';

# ---- pages ----

create("page $_", tier => $_ % 2 ? 'gold' : 'basic') for 1 .. 7;
my (@seen, $cursor);

do {
    my $page = $p->request('GET', '/api/partners?limit=3'
        . ($cursor ? "&cursor=$cursor" : ''))->json;
    push @seen, map { $_->{partnerName} } @{$page->{data}};
    $cursor = $page->{page}{next};
    create("while reading $#seen");
} while ($cursor && @seen < 100);

is_deeply \@seen, [(map { "page $_" } reverse 1 .. 7), 'b', 'e',
    'Zoë & Söhne'], 'pages are whole and stable while partners are added';

my $exact = $p->request('GET', '/api/partners?tier=Enterprise&limit=5')->json;
is_deeply [map { $_->{partnerName} } @{$exact->{data}}],
    ['page 7', 'page 5', 'page 3', 'page 1', 'e'], 'filtered by tier';
is $exact->{page}{next}, undef, 'a full last page has no next one';
is scalar @{$p->request('GET', '/api/partners?status=Inactive')->json->{data}},
    1, 'filtered by status';
is scalar @{$p->request('GET', '/api/partners?partnerType=Data')->json
    ->{data}}, 0, 'filtered by type';

# ---- other tenants ----

my $other = create('other')->json->{data}{id};
my %me = (partner => $partner->{id}, scopes => 'manage:* read:*');

is $p->request('GET', $uri, as => \%me)->status, 200, 'a partner sees itself';
is $p->request('GET', "/api/partners/$other", as => \%me)->status, 404,
    'and no other';
is $p->request('GET', "/api/partners/$other/usage", as => \%me)->status, 404,
    'nor its usage';
is_deeply [map { $_->{id} } @{$p->request('GET', '/api/partners',
    as => \%me)->json->{data}}], [$partner->{id}], 'its list is itself';
is post("$uri/activate", undef, %me)->status, 403,
    'nor may it activate itself';

# Had the operation let it pass, the rows would not have.
is post("$uri/activate", undef, %me, scopes => 'admin')->code,
    'beyond_own_rights', 'its state is not its own, whatever the scopes say';
is post('/api/partners', { partnerName => 'x', partnerType => 'Data' }, %me,
    scopes => 'admin')->code, 'forbidden', 'nor made';
is $p->request('GET', '/api/partners', as => {partner => 'p1',
    scopes => 'admin'})->json->{data}[0], undef,
    'a tenant of a static registry owns nothing';

done_testing;
