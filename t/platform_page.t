#!/usr/bin/perl

# The contract as a page for people: sound HTML, each operation with its scopes
# and errors, versions side by side, and nothing from anywhere else.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_base64);
use File::Basename qw(basename);
use JSON::PP;
use Partner::Partnerd;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);

# Reads HTML as browsers do, and holds elements that are not closed, ids that
# are there twice, and what each element has against it.
$t->write_file('read.py', <<'EOP');
import html.parser, json, sys

VOID = {'meta', 'br', 'link', 'img', 'input', 'hr'}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []
        self.page = {'ids': {}, 'links': [], 'tags': {}, 'loads': []}

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.page['tags'][tag] = self.page['tags'].get(tag, 0) + 1
        if 'href' in a:
            self.page['links'].append(a['href'])
        for name in a:
            if name in ('src', 'style', 'action') or name.startswith('on'):
                self.page['loads'].append(tag + ' ' + name)
        if 'id' in a:
            if a['id'] in self.page['ids']:
                self.wrong.append('twice: ' + a['id'])
            self.page['ids'][a['id']] = ''
        if tag not in VOID:
            self.open.append((tag, a.get('id')))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop()[0] != tag:
            self.wrong.append('not open: ' + tag)

    def handle_data(self, data):
        for tag, name in self.open:
            if name:
                self.page['ids'][name] += data


page = Page()
page.feed(open(sys.argv[1], encoding='utf-8').read())
page.close()
page.page['wrong'] = page.wrong + ['open: ' + tag for tag, _ in page.open]
print(json.dumps(page.page))
EOP


sub read_page {
    my ($html) = @_;
    $t->write_file('page.html', $html);
    return decode_json(scalar `python3 $t->{dir}/read.py $t->{dir}/page.html`);
}


my $nobody = { partner => undef };
my $r = $p->request('GET', '/api/docs', as => $nobody);
is $r->status, 200, 'the page is there for everybody';
is $r->header('Content-Type'), 'text/html; charset=utf-8', 'as HTML';
my $page = read_page($r->body);
is_deeply $page->{wrong}, [], 'which is sound';
is_deeply read_page('<p id="a"><b></p><i id="a">')->{wrong},
    ['not open: p', 'twice: a', 'open: p', 'open: i'],
    'the reader finds what is not: the control';

# ---- nothing from anywhere else ----

is_deeply $page->{loads}, [], 'nothing is loaded or run';
is_deeply [grep { $page->{tags}{$_} } qw(script link img iframe object form)],
    [], 'by no element';
is_deeply [grep { !/^#/ } @{$page->{links}}], ['/api/openapi.json'],
    'links stay here';
is_deeply [grep { /^#(.*)/ && !exists $page->{ids}{$1} } @{$page->{links}}],
    [], 'and lead somewhere';
my ($style) = $r->body =~ m{<style>(.*?)</style>}s;
my $digest = sha256_base64($style);
like $r->header('Content-Security-Policy'),
    qr/^default-src 'none'; style-src 'sha256-\Q$digest\E=';/,
    'the policy knows its one style';

# ---- the operations ----

my $document = $p->request('GET', '/api/openapi.json', as => $nobody)->json;
my %operation;

for my $path (keys %{$document->{paths}}) {
    my $item = $document->{paths}{$path};
    $operation{$item->{$_}{operationId}} = { %{$item->{$_}},
        method => uc $_, path => $path }
        for grep { $_ ne 'parameters' } keys %$item;
}

for my $id (sort keys %operation) {
    my ($op, $text) = ($operation{$id}, $page->{ids}{$id} // '');
    my @scopes = map { @{$_->{key}} } @{$op->{security}};
    my @parameters = map { ($_->{name} // (), $_->{description} // ()) }
        @{$op->{parameters} || []};
    my @missing = grep { index($text, $_) < 0 } "$op->{method} $op->{path}",
        $op->{summary}, @scopes, @parameters, @{$op->{'x-errors'}},
        @scopes ? () : 'Needs no credential';

    is_deeply \@missing, [], "$id: scopes, parameters and errors are shown";
}

my $errors = decode_json($t->read_file(
    "$ENV{PWD}/upstream-services/contract/errors.json"))->{problems};
is_deeply [grep { index($page->{ids}{"error.$_"} // '', $errors->{$_}{when})
    < 0 } keys %$errors], [], 'each error says when it is met';

# ---- versions side by side ----

for my $part ('contract', 'sql/queries', 'sql/migrations') {
    $t->write_file("next/$part/" . basename($_),
        $t->read_file("$ENV{PWD}/$_"))
        for glob("upstream-services/$part/*");
}

my $next = { openapi => '3.1.0', info => { title => 'Tiers <&> "more"',
    version => '2.0.0' }, paths => { map { ("/api/$_->[0]tiers" => { get => {
    operationId => "tiers$_->[1].list", summary => 'List `tiers`',
    $_->[1] ? () : (deprecated => JSON::PP::true, 'x-deprecated-at' =>
        '2026-11-01'),
    security => [{ key => ['admin'] }], responses => {
        200 => { description => 'They.', content => { 'application/json' => {
            schema => { type => 'object' } } } }, default => { '$ref' =>
            'common.json#/components/responses/Problem' } } } }) }
    ['', ''], ['v2/', '2'] } };
my %former = (%$next, info => { title => 'Tiers <&> "more"', version =>
    '1.0.0' }, paths => { '/api/tiers' =>
    delete $next->{paths}{'/api/tiers'} });
$t->write_file('next/contract/tiers2.json', encode_json($next));
$t->write_file('next/contract/tiers.json', encode_json(\%former));
$t->write_file('next/sql/queries/tiers.sql', join('', map {
    "-- name: tiers$_.list\nSELECT '[]'::json AS data;\n" } '', '2'));

$p->{serve}->stop;
$p->serve('--contract', "$t->{dir}/next/contract", '--sql',
    "$t->{dir}/next/sql");
$r = $p->request('GET', '/api/docs', as => $nobody);
$page = read_page($r->body);
is_deeply $page->{wrong}, [], 'names that mean something in HTML';
like $page->{ids}{'tiers.list'},
    qr{^\s*GET /api/tiers\s.*Deprecated since 2026-11-01\.}s,
    'the former version, marked';
like $page->{ids}{'tiers2.list'}, qr{^\s*GET /api/v2/tiers\s}, 'and the next';
unlike $page->{ids}{'tiers2.list'}, qr/Deprecated/, 'which is not';
my ($of_former, $of_next) = map { my $version = $_; grep {
    $page->{ids}{$_} =~ /^\s*Tiers <&> "more" \Q$version\E/ } sort keys
    %{$page->{ids}} } '1.0.0', '2.0.0';
ok $of_former && $of_next, 'each below its version';
is $p->request('GET', '/api/v2/tiers')->status, 200, 'and is served';

done_testing;
