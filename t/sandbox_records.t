#!/usr/bin/perl

# The sandbox's records are a function of seed and path, and full of personal
# data that is valid JSON.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my %socket;


sub sandbox {
    my ($name, @arguments) = @_;
    $socket{$name} = $t->dir . "/$name.sock";

    my $process = Partner::Process->start(
        name => "sandbox $name", dir => $t->dir,
        log => $t->dir . "/$name.log", env => $t->environment(1),
        argv => [Partner::Test::build() . '/sandbox', '--listen',
            "unix:$socket{$name}", @arguments]
    );

    return $process->wait_ready(
        sub { Partner::Process::accepts($socket{$name}) });
}


sub get {
    my ($name, $uri, %o) = @_;
    return Partner::Http::once($socket{$name}, 'GET', $uri, %o);
}


my $one = sandbox('one', '--seed', 7);
sandbox('same', '--seed', 7);
sandbox('other', '--seed', 8);

for my $path ('/v1/rides', '/v1/rides/ride_000123', '/v1/leads/lead_010000',
    '/v1/policies?limit=100', '/v1/leads?cursor=lead_000100&limit=3')
{
    my $answer = get(one => $path);

    is $answer->status, 200, "$path is there";
    is $answer->header('Content-Type'), 'application/json', "$path is JSON";
    ok $answer->json, "$path parses";
    is $answer->body, get(one => $path)->body, "$path again: same bytes";
    is $answer->body, get(same => $path)->body,
        "$path, another process with the seed: same bytes";
    isnt $answer->body, get(other => $path)->body,
        "$path, another seed: other bytes";
}

my $ride = get(one => '/v1/rides/ride_000123')->json->{data};

for my $who (qw(rider driver)) {
    my @missing = grep { !length($ride->{$who}{$_} // '') }
        qw(fullName email phone nationalId dateOfBirth);

    is "@missing", '', "the $who has all that must not be seen";
    like $ride->{$who}{email}, qr/\@(?:\w+\.)?example\.(?:com|org|net)$/,
        'mail goes to a reserved domain';
}

is ref $ride->{legs}[0][0], 'ARRAY', 'arrays in arrays';
like get(one => '/v1/rides/ride_000123')->body,
    qr/"odometerMillimetres":90071992547\d{5}[,}]/,
    'an integer beyond 2^53 keeps its digits';
like $ride->{card}{token}, qr/^tok_[0-9a-f]{24}$/, 'a card is a token';
unlike get(one => '/v1/rides?limit=100')->body, qr/\d{13,16}"/,
    'no digits of a card';

like get(one => '/v1/rides?limit=100')->body, qr/[\x80-\xff]/,
    'rides are UTF-8';
unlike get(one => '/v1/policies?limit=100')->body, qr/[\x80-\xff]/,
    'policies are ASCII';
like get(one => '/v1/policies?limit=100')->body, qr/\\u[0-9A-F]{4}/,
    'with escapes';


# Pages follow each other without a gap, to the end.
my ($cursor, @ids) = ('lead_009970');

while (defined $cursor) {
    my $page = get(one => "/v1/leads?limit=13&cursor=$cursor")->json;
    push @ids, map { $_->{id} } @{$page->{data}};
    $cursor = $page->{page}{next};
}

is_deeply \@ids, [map { sprintf('lead_%06d', $_) } 9971 .. 10000],
    'pages join';
is scalar(@{get(one => '/v1/rides')->json->{data}}), 20, 'default limit';


# A booking is echoed into a ride; the same booking is the same ride.
my $booking = '{"pickup": {"street": "A 1", "city": "B"},'
    . ' "dropoff": {"street": "C 2", "city": "D"},'
    . ' "rider": {"fullName": "E F", "phone": "+1 202 555 0100"}}';
my @booked = map {
    Partner::Http::once($socket{$_}, 'POST', '/v1/rides', body => $booking)
} qw(one one other);

is $booked[0]->status, 201, 'booked';
is $booked[0]->json->{data}{rider}{fullName}, 'E F', 'with its rider';
is $booked[0]->body, $booked[1]->body, 'the same booking, the same ride';
isnt $booked[0]->body, $booked[2]->body, 'another seed, another ride';

my $head = Partner::Http::once($socket{one}, 'HEAD', '/v1/rides/ride_000001');
is $head->header('Content-Length'),
    length get(one => '/v1/rides/ride_000001')->body, 'HEAD tells the length';


# What reached it.
my $echo = Partner::Http->new($socket{one})->request('GET', '/v1/echo?a=b',
    headers => ['X-Partner-Id' => 'p1', 'X-Twice' => 'a', 'X-Twice' => 'b',
        'X-Raw' => "\xff"])->json->{data};

is $echo->{uri}, '/v1/echo?a=b', 'the URI as it came';
is_deeply $echo->{headers}{'x-partner-id'}, ['p1'], 'a header';
is_deeply $echo->{headers}{'x-twice'}, ['a', 'b'], 'a header that came twice';
is_deeply $echo->{headers}{'x-raw'}, [undef], 'a header that is not UTF-8';


# Slow answers come, wait together, and do not outlive the process.
my @slow = Partner::Http::parallel($socket{one},
    [map { ['GET', "/v1/slow?ms=$_"] } 0, 30, 60]);
is_deeply [map { $_->json->{data}{delayedMs} } @slow], [0, 30, 60],
    'slow answers';

my $waiting = Partner::Http->new($socket{one});
$waiting->send(Partner::Http::format_request('GET', '/v1/slow?ms=10000'));
is get(one => '/v1/echo')->status, 200, 'others are served meanwhile';
is $one->stop, 0, 'ends in good order with an answer still waiting';
ok $waiting->closed, 'whose connection is closed';

done_testing;
