#!/usr/bin/perl

# What the platform's answers are held against finds all that a schema can ask
# for, and refuses what it does not know.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Schema;
use Test::More;

my $json = JSON::PP->new->utf8->allow_nonref;
my $document = $json->decode('{"components": {"schemas": {
    "Name": {"type": "string", "minLength": 2}}}}');
my $schema = Partner::Schema->new($document);


sub mistakes {
    my ($text, $value) = @_;
    return $schema->mistakes($json->decode($text), $json->decode($value));
}


# A schema, what it takes, and what breaks it in one place.
my @cases = (
    ['{"type": "null"}', [qw(null)], [qw(0 "" false {} [])]],
    ['{"type": "boolean"}', [qw(true false)], [qw(0 1 "" null)]],
    ['{"type": "object"}', ['{}', '{"a": 1}'], [qw([] "" null)]],
    ['{"type": "array"}', ['[]', '[1]'], [qw({} "" null)]],
    ['{"type": "string"}', [qw("" "1")], [qw(1 1.5 true null [])]],
    ['{"type": "number"}', [qw(1 -1.5 1e3)], [qw("1" true null)]],
    ['{"type": "integer"}', [qw(1 0 -7)], [qw(1.5 "1" true null)]],
    ['{"type": ["string", "null"]}', [qw("" null)], [qw(1 {})]],
    ['{"enum": ["a", "", null, 1]}', [qw("a" "" null 1)],
        [qw("b" "1" true 2)]],
    ['{"enum": ["a", ""]}', [qw("")], [qw(null 0)]],
    ['{"pattern": "^a$"}', [qw("a" 1 null)], [qw("b" "a\n")]],
    ['{"minLength": 2}', [qw("xx" 1)], [qw("x")]],
    ['{"maxLength": 2}', [qw("xx" 123), '"éé"'], [qw("xxx")]],
    ['{"minimum": 2}', [qw(2 2.5 "1")], [qw(1 1.5 -3)]],
    ['{"type": "integer", "minimum": 2}', [2], [1]],
    ['{"maximum": 2}', [qw(2 -9 "3")], [qw(3 2.5)]],
    ['{"minItems": 1}', ['[1]', '""'], ['[]']],
    ['{"maxItems": 1}', ['[1]', '{}'], ['[1, 2]']],
    ['{"uniqueItems": true}', ['["1", 1, {}]', '[]'],
        ['[1, 1]', '[{"a": 1}, {"a": 1}]', '[null, null]']],
    ['{"uniqueItems": false}', ['[1, 1]'], []],
    ['{"items": {"type": "string"}}', ['["a"]', '[]', '1'],
        ['["a", 1]', '[null]']],
    ['{"items": {"$ref": "#/components/schemas/Name"}}', ['["ab"]'],
        ['["a"]', '[1]']],
    ['{"required": ["a"]}', ['{"a": null}', '[]'], ['{}', '{"b": 1}']],
    ['{"properties": {"a": {"type": "string"}}}',
        ['{"a": "x"}', '{"b": 1}', '{}'], ['{"a": 1}', '{"a": null}']],
    ['{"additionalProperties": false, "properties": {"a": {}}}',
        ['{"a": 1}', '{}', '[]'], ['{"b": 1}', '{"a": 1, "b": null}']],
    ['{"additionalProperties": true}', ['{"b": 1}'], []],
    ['{"format": "uuid"}', ['"0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11"', 'null'],
        ['"0b0e7a52"', '"0B0E7A52-5A0C-4A53-9A3E-3F8A1D1F2C11"']],
    ['{"format": "date"}', ['"2027-01-31"'],
        ['"2027-1-31"', '"2027-13-01"', '"2027-01-32"', '"27-01-01"']],
    ['{"format": "date-time"}', ['"2027-01-01T00:00:00Z"',
        '"2027-01-01T23:59:59.123456+00:00"'],
        ['"2027-01-01"', '"2027-01-01T00:00Z"', '"2027-01-01T00:00:00"',
        '"2027-01-01T00:00:00+01:00"', '"2027-01-01T24:00:00Z"',
        '"2027-01-01 00:00:00Z"']],
    ['{"format": "email"}', ['"a@b.example"'], ['"a"', '"a@b"', '"a b@c.d"']],
    ['{"format": "cidr"}', ['"10.0.0.0/8"', '"2001:db8::/32"'],
        ['"10.0.0.0"', '"lan/8"']],
    ['{"format": "tier"}', ['"gold"'], ['"premium"', '""']],
    ['{"description": "x", "default": 1, "example": 2, "x-pii": true}',
        ['"x"'], []],
);

for my $case (@cases) {
    my ($text, $good, $bad) = @$case;
    is_deeply [map { mistakes($text, $_) } @$good], [],
        "$text: what keeps to it";
    is scalar(my @wrong = mistakes($text, $_)), 1, "$text: not $_" for @$bad;
}

is_deeply [mistakes('{"required": ["a", "b"], "additionalProperties": false,
    "properties": {"c": {"items": {"minimum": 1}}}}', '{"c": [1, 0], "d": 1}')],
    [': has d, which is not known', ': lacks a', ': lacks b',
    '/c/1: is below 1'], 'all of them are told, each with its place';

for my $case (['{"oneOf": []}', qr/keyword 'oneOf'/],
    ['{"properties": {"a": {"const": 1}}}', qr/keyword 'const'/],
    ['{"items": {"minLenght": 1}}', qr/keyword 'minLenght'/],
    ['{"type": "text"}', qr/type 'text'/],
    ['{"format": "colour"}', qr/format 'colour'/],
    ['{"additionalProperties": {}}', qr/no boolean/],
    ['{"$ref": "#/components/schemas/None"}', qr/leads nowhere/],
    ['{"$ref": "other.json#/components/schemas/Name"}', qr/leads nowhere/],
    ['{"$ref": "#/components/schemas/Name", "default": "ab"}',
        qr/beside it is not heeded/],
    ['true', qr/no schema/]) {
    my ($text, $why) = @$case;
    my $value = $text =~ /items/ ? '[1]' : '{"a": 1}';
    ok !eval { mistakes($text, $value); 1 }, "$text: refused";
    like $@, $why, 'and why';
}

done_testing;
