#!/usr/bin/perl

# Many copies of one POST at once: one effect and one answer, also where
# partnerd is killed among them, before, while or after it answers; and where
# two processes race for it, until one of them is killed.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Http;
use Partner::Partnerd;
use Partner::Test;
use Test::More;

use constant COPIES => $ENV{CHAOS} ? 1000 : 200; # of one request, at once

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $partner = $p->request('POST', '/api/partners', body => encode_json({
    partnerName => 'p', partnerType => 'Data' }))->json->{data}{id};

# Of each kind: a secret in the answer, personal data, and neither.
my %post = (
    keys => ['/api/keys', { partnerId => $partner, scopes => ['read:leads'] }],
    contacts => ["/api/partners/$partner/contacts", { contactName => 'Ada',
        email => 'ada@x.example', role => 'Legal' }],
    partners => ['/api/partners', { partnerName => 'q',
        partnerType => 'Data' }],
);
my %table = (keys => 'api_keys', contacts => 'partner_contacts',
    partners => 'partners');
my $n = 0;


sub count {
    my ($kind) = @_;
    return $p->{postgres}->query("SELECT count(*) FROM partner.$table{$kind}");
}


sub key_files { return scalar grep { !/master/ } glob("$t->{dir}/subjects/*") }


# Sends copies of a request that was never sent before, or of the one `again`;
# where there is more than one process, to each in turn.
sub copies {
    my ($kind, $copies, $again, @to) = @_;
    my ($uri, $body) = @{$post{$kind}};
    my @args = ('POST', $uri, headers => { 'X-Partner-Id' => 'platform',
        'X-Partner-Scopes' => 'admin', 'Content-Type' => 'application/json',
        'Idempotency-Key' => sprintf('copies-%010d', $again // ++$n) },
        body => encode_json($body));
    @to = $p unless @to;
    my @http = map { Partner::Http->new($to[$_ % @to]->socket) }
        0 .. $copies - 1;

    $_->send(Partner::Http::format_request(@args)) for @http;
    return @http;
}


for my $kind (sort keys %post) {
    my ($before, $files) = (count($kind), key_files());
    my %seen;

    $seen{$_->response->body}++ for copies($kind, COPIES);
    is_deeply [values %seen], [COPIES],
        "$kind: all copies have one answer"
        or diag join("\n", keys %seen);
    is count($kind), $before + 1, "$kind: of one effect";
    is key_files(), $files + ($kind eq 'contacts'),
        "$kind: and one key of a person, or none";
}

# ---- and partnerd is killed among them ----

for my $kind (sort keys %post) {
    for my $answered (0, 1, COPIES / 2, COPIES) {
        my $name = "$kind, killed after $answered answers";
        my $before = count($kind);
        my @open = copies($kind, COPIES);
        my %seen;

        $seen{$_->response->body}++ for @open[0 .. $answered - 1];
        $p->{serve}->stop('KILL');
        @open = ();
        $p->serve;

        $seen{$_->response->body}++ for copies($kind, 20, $n);
        is scalar keys %seen, 1, "$name: whoever asks again has the answer"
            or diag join("\n", keys %seen);
        is count($kind), $before + 1, "$name: of one effect";
    }
}

# ---- two processes ----

my $second = Partner::Partnerd->new(dir => "$t->{dir}/second",
    binary => $p->{binary}, environment => { %{$p->{environment}} });
$second->serve;


# How often PostgreSQL found that there is an answer already.
sub met {
    return scalar(() = $t->read_file('postgres/postgres.log')
        =~ /ERROR: .*it was answered before/g);
}


for my $kind (sort keys %post) {
    my ($before, $files, $met) = (count($kind), key_files(), met());
    my %seen;

    $seen{$_->response->body}++ for copies($kind, COPIES, undef, $p, $second);
    is_deeply [values %seen], [COPIES],
        "$kind, two processes: all copies have one answer"
        or diag join("\n", keys %seen);
    is count($kind), $before + 1, "$kind, two processes: of one effect";
    is key_files(), $files + ($kind eq 'contacts'),
        "$kind, two processes: and one key of a person, or none";

    # Who seals looks first, and may find the answer there.
    cmp_ok met(), '>', $met, "$kind: both came to the database"
        if $kind ne 'contacts';
}

for my $kind (sort keys %post) {
    for my $answered (0, 1, COPIES / 4) {
        my $name = "$kind, one of two killed after $answered answers";
        my $before = count($kind);
        my @open = copies($kind, COPIES, undef, $p, $second);
        my @lives = @open[map { 2 * $_ } 0 .. COPIES / 2 - 1];
        my %seen;

        $seen{$_->response->body}++ for splice(@lives, 0, $answered);
        $second->{serve}->stop('KILL');
        $seen{$_->response->body}++ for @lives;
        @open = ();
        $second->serve;

        $seen{$_->response->body}++ for copies($kind, 20, $n, $second, $p);
        is scalar keys %seen, 1, "$name: both give one answer"
            or diag join("\n", keys %seen);
        is count($kind), $before + 1, "$name: of one effect";
    }
}

done_testing;
