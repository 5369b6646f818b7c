#!/usr/bin/perl

# What the sandbox refuses, and how it says so.

use strict;
use warnings;
use lib 't/lib';

use Partner::Http;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $program = Partner::Test::build() . '/sandbox';
my $socket = $t->dir . '/sandbox.sock';

my $sandbox = Partner::Process->start(
    name => 'sandbox', dir => $t->dir, log => $t->dir . '/sandbox.log',
    env => $t->environment(1), argv => [$program, '--listen', "unix:$socket"]
)->wait_ready(sub { Partner::Process::accepts($socket) });


sub ask {
    my ($method, $uri, %o) = @_;
    return Partner::Http::once($socket, $method, $uri, %o);
}


# Each: method and URI, status, code, what the first error names.
for (
    ['GET /nowhere', 404, 'not_found'],
    ['GET /v1/rides/', 404, 'not_found'],
    ['GET /v1/rides/ride_1', 404, 'not_found'],
    ['GET /v1/rides/ride_000000', 404, 'not_found'],
    ['GET /v1/rides/ride_010001', 404, 'not_found'],
    ['GET /v1/rides/lead_000001', 404, 'not_found'],
    ['GET /v1/rides/ride_000001/x', 404, 'not_found'],
    ['GET /v1/rides?limit=0', 400, 'invalid_parameter', 'limit'],
    ['GET /v1/rides?limit=101', 400, 'invalid_parameter', 'limit'],
    ['GET /v1/rides?limit=1e1', 400, 'invalid_parameter', 'limit'],
    ['GET /v1/rides?limit=', 400, 'invalid_parameter', 'limit'],
    ['GET /v1/rides?limit=99999999999', 400, 'invalid_parameter', 'limit'],
    ['GET /v1/rides?cursor=x', 400, 'invalid_parameter', 'cursor'],
    ['GET /v1/rides?page=2', 400, 'invalid_parameter', 'page'],
    ['DELETE /v1/rides', 405, 'method_not_allowed'],
    ['POST /v1/leads', 405, 'method_not_allowed'],
    ['POST /v1/rides/ride_000001', 405, 'method_not_allowed'],
    ['GET /v1/slow', 400, 'invalid_parameter', 'ms'],
    ['GET /v1/slow?ms=10001', 400, 'invalid_parameter', 'ms'],
    ['GET /v1/slow?ms=-1', 400, 'invalid_parameter', 'ms'],
    ['GET /v1/status/199', 400, 'invalid_parameter'],
    ['GET /v1/status/600', 400, 'invalid_parameter'],
    ['GET /v1/status/418', 418, 'on_demand'],
    ['GET /v1/status/503', 503, 'on_demand'],
) {
    my ($call, $status, $code, $name) = @$_;
    my $answer = ask(split(/ /, $call));

    is $answer->status, $status, "$call: status";
    is $answer->code, $code, "$call: code";
    is $answer->json->{errors}[0]{parameter}, $name, "$call: parameter"
        if $name;
}

is ask('PUT', '/v1/rides')->header('Allow'), 'GET, HEAD, POST', 'Allow';
is ask('GET', '/nowhere', headers => { 'X-Request-Id' => 'r1' })
    ->json->{requestId}, 'r1', 'the request id comes back';


my $place = '{"street": "A 1", "city": "B"}';
my $rider = '{"fullName": "E F", "phone": "1"}';
my $long = 'x' x 201;
my $name = 'y' x 65;

# Each: a body, status, code, pointer of the first error.
for (
    ['', 400, 'malformed_json'],
    ['{', 400, 'malformed_json'],
    ['{"seats": 1, "seats": 2}', 400, 'malformed_json'],
    ["{\"note\": \"\xff\"}", 400, 'malformed_json'],
    ['[]', 400, 'invalid_body'],
    ['{}', 422, 'invalid_body', '/pickup'],
    ["{\"pickup\": $place, \"dropoff\": 1, \"rider\": $rider}", 422,
        'invalid_body', '/dropoff'],
    ["{\"pickup\": $place, \"dropoff\": {\"street\": \"\", \"city\": \"B\"},"
        . " \"rider\": $rider}", 422, 'invalid_body', '/dropoff/street'],
    ["{\"pickup\": $place, \"dropoff\": $place, \"rider\": $rider,"
        . ' "seats": 9}', 422, 'invalid_body', '/seats'],
    ["{\"pickup\": $place, \"dropoff\": $place, \"rider\": $rider,"
        . " \"note\": \"$long\"}", 422, 'invalid_body', '/note'],
    ["{\"pickup\": $place, \"dropoff\": $place, \"rider\": $rider,"
        . ' "a/b~c": 1}', 422, 'invalid_body', '/a~1b~0c'],
    ["{\"pickup\": $place, \"dropoff\": $place, \"rider\": $rider,"
        . " \"$name\": 1}", 422, 'invalid_body', ''],
    ['x' x (64 * 1024 + 1), 413, 'payload_too_large'],
) {
    my ($body, $status, $code, $pointer) = @$_;
    my $answer = ask('POST', '/v1/rides', body => $body);
    my $shown = substr($body, 0, 30) . ' ... ' . substr($body, -20);

    is $answer->status, $status, "$shown: status";
    is $answer->code, $code, "$shown: code";
    is $answer->json->{errors}[0]{pointer}, $pointer, "$shown: pointer"
        if defined $pointer;
}

is $sandbox->stop, 0, 'ends in good order';


# The command line: [arguments, what the message holds].
sub said {
    my (@arguments) = @_;

    open(my $pipe, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $program,
        @arguments) or die "$program: $!";
    my $said = do { local $/; <$pipe> } // '';
    close($pipe);

    return ($? >> 8, $said);
}


$t->write_file('a-file', 'x');

for (
    [[], 2, qr/--listen needs an address: unix:/],
    [['--listen'], 2, qr/--listen needs an address/],
    [['--port', 1], 2, qr/unknown option "--port"; allowed: --listen/],
    [['--listen', 'unix:/x', '--seed', -1], 2, qr/invalid seed "-1"/],
    [['--listen', 'unix:/x', '--seed', '18446744073709551616'], 2,
        qr/invalid seed "18446744073709551616"/],
    [['--listen', '0.0.0.0:9000'], 1,
        qr/invalid address "0.0.0.0:9000"; allowed: unix:/],
    [['--listen', '127.0.0.1'], 1, qr/invalid address "127.0.0.1"/],
    [['--listen', 'unix:relative'], 1, qr/invalid address "unix:relative"/],
    [['--listen', 'unix:/' . 'x' x 200], 1, qr/invalid address "unix:\/x/],
    [['--listen', 'unix:' . $t->dir . '/none/s'], 1,
        qr/cannot listen on unix:.*: No such file/],
    [['--listen', 'unix:' . $t->dir . '/a-file'], 1,
        qr/cannot listen on unix:.*: Address already in use/],
) {
    my ($arguments, $status, $message) = @$_;
    my ($got, $said) = said(@$arguments);

    is $got, $status, "@$arguments: status";
    like $said, $message, "@$arguments: message";
}

is $t->read_file('a-file'), 'x', 'a file in the way stays';

my ($status, $help) = said('--help');
is $status, 0, '--help';
like $help, qr/^usage: sandbox .*GET  \/v1\/slow/s, 'tells all';

done_testing;
