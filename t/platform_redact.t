#!/usr/bin/perl

# `partnerd redact` makes of a document what the gateway makes of it, byte for
# byte, and says what is wrong with a rule or with the document.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();
my @rules = ('email=mask(1,0)', 'card=hash', '$.rides[*].note=drop',
    '@phone=mask(0,2)', '$..vin=null');
my %document = (
    rides => '{"rides":[{"note":"x","vin":7,"email":"ada@example.org"},'
        . '{"card":"4111111111111111", "text":"call +49 30 1234567 now"}]}',
    number => ' 12 ',
    escapes => "[{\"EMAIL\":\"\\u0061da\",\"caf\xc3\xa9\":\"\\\"\"}]\n",
);

$t->write_file('keys.json', registry($key => { partnerId => 'acme' }));
$t->write_file('master.keys', 'one ' . '0f' x 32 . "\n");
chmod 0600, $t->dir . '/master.keys' or die "master.keys: $!";
mkdir $t->dir . '/html' or die "html: $!";
$t->write_file("html/$_.json", $document{$_}) for keys %document;
$t->define(RULES => join(' ', map { "'$_'" } @rules));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone           zone=partners:1m;
    partner_keys           %%DIR%%/keys.json;
    partner_redact_keys    %%DIR%%/master.keys;
    partner_redact_profile few %%RULES%%;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        root   %%DIR%%/html;

        types { application/json json; }

        location / {
            partner_auth   key;
            partner_redact few;
        }
    }
}
EOC


# (status, standard output, standard error) of the verb.
sub redact {
    my ($document, $rules, @arguments) = @_;

    my $dir = $t->dir;
    $t->write_file('in', $document);
    my $profile = $t->write_file('profile', join('', map { "$_\n" } @$rules));
    my $words = join ' ', map { "'$_'" } $t->build . '/partnerd', 'redact',
        '--profile', $profile, @arguments;
    my $status = system "$words <$dir/in >$dir/out 2>$dir/said";

    return ($status >> 8, $t->read_file('out'), $t->read_file('said'));
}


my @keys = ('--redact-keys', $t->dir . '/master.keys', '--partner', 'acme');

for my $name (sort keys %document) {
    my $there = $t->get_as($key, "/$name.json");
    my ($status, $out, $said)
        = redact($document{$name}, ['# tried', '', @rules], @keys);

    is $there->status, 200, "$name: the gateway";
    is $status, 0, "$name: the command" or diag $said;
    is $out, $there->body, "$name: the same bytes";
    is $said, '', "$name: nothing is said";
}

isnt((redact($document{rides}, \@rules, @keys))[1], $document{rides},
    'and something was redacted');


sub refused {
    my ($name, $said_like, @call) = @_;

    my ($status, $out, $said) = redact(@call);
    is $status, 1, "$name: status";
    is $out, '', "$name: nothing comes out";
    like $said, $said_like, "$name: why";
    unlike $said, qr/secret/, "$name: nothing of the document";
}


refused('no JSON', qr/"it is not JSON".*"byte":"17"/,
    '{"email":"secret"x', ['email=mask']);
refused('cut off', qr/ends too early.*"byte":"14"/,
    '{"email":"secr', ['email=mask']);
refused('nested', qr/more than 512 arrays and objects.*"byte":"512"/,
    '[' x 600, ['email=mask']);
refused('blanks', qr/more than 1024 bytes stand between values/,
    '[' . ' ' x 1100 . '"secret"]', ['email=drop']);
refused('a wrong rule', qr/"rule":"email=hide".*unknown action .*mask/,
    '{}', ['vin=null', 'email=hide']);
refused('a rule with keys', qr/"rule":"email=hash".*needs --redact-keys/,
    '{}', ['email=hash']);
refused('a rule for marks', qr/"rule":"x-pii=mask".*a contract marks/,
    '{}', ['x-pii=mask']);
refused('no rule', qr/the file of --profile has no rule/,
    '{"email":"secret"}', ['# none', '', 'case=exact']);
refused('case=exact behind a rule', qr/"rule":"case=exact".*allowed is before/,
    '{}', ['email=null', 'case=exact']);
is((redact('{"Email":1,"email":2}',
    ['case=exact ', "email=null\t", "a=null \r"]))[1],
    '{"Email":1,"email":null}', 'case=exact, and blanks behind a rule');
refused('no partner', qr/--redact-keys needs --partner/,
    '{}', ['email=hash'], @keys[0, 1]);
refused('larger than 4 MiB', qr/larger than 4 MiB/,
    '"' . 'a' x (4 << 20) . '"', ['email=mask']);

chmod 0644, $t->dir . '/master.keys' or die "master.keys: $!";
refused('keys that are open', qr/open to others/, '{}', ['a=hash'], @keys);

my $none = $t->build . '/partnerd redact';
like `$none 2>&1 </dev/null`, qr/needs --profile/, 'no profile';

done_testing;
