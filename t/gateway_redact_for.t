#!/usr/bin/perl

# Who calls decides what is redacted: by tier, category, partner, application
# and scope; whoever meets no rule sees the least.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;

# Caller => what differs from a gold key of partner p1.
my %callers = (
    anyone => { tier => 'basic', partnerId => 'nobody' },
    gold => {},
    silver => { tier => 'silver' },
    insurer => { tier => 'basic', category => 'insurance' },
    acme => { tier => 'basic', partnerId => 'acme' },
    acme_app => { tier => 'basic', partnerId => 'acme',
        applicationId => 'claims' },
    reader => { tier => 'basic', scopes => ['pii:read'] },
    class => { tier => 'basic', scopes => ['pii:*'] },
    auditor => { tier => 'silver', scopes => ['pii:all'] },
    low_auditor => { tier => 'basic', scopes => ['pii:all'] },
);

my %key = map { $_ => new_key() } keys %callers;

$t->write_file('keys.json',
    registry(map { $key{$_} => $callers{$_} } sort keys %callers));

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    partner_redact_profile least  email=mask phone=mask card=mask;
    partner_redact_profile phone  email=mask card=mask;
    partner_redact_profile email  phone=mask card=mask;
    partner_redact_profile claims card=mask;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        partner_redact least;
        partner_redact_for off    scope=pii:all tier=gold,silver;
        partner_redact_for claims partner=acme application=claims;
        partner_redact_for phone  category=insurance;
        partner_redact_for email  scope=pii:read;
        partner_redact_for phone  tier=premium;

        add_header X-Profile "<$partner_redact_profile>";

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /own {
            partner_redact least;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /own_rule {
            partner_redact_for email partner=acme;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /open {
            partner_auth off;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        default_type application/json;
        location / { return 200 '{"email":"e","phone":"p","card":"c"}'; }
    }
}
EOC

my $nginx = $t->run($conf);


# The letters that the caller sees, and the profile's name.
sub sees {
    my ($caller, $uri) = @_;

    my $r = defined $caller ? $t->get_as($key{$caller}, $uri)
        : $t->get($uri);
    my $seen = join('', map { /^[epc]$/ ? $_ : () } values %{$r->json});

    return join('', sort split(//, $seen)) . ' ' . $r->header('X-Profile');
}


my %expected = (
    anyone => ' <least>', gold => ' <least>', silver => 'p <phone>',
    insurer => 'p <phone>', acme => ' <least>', acme_app => 'ep <claims>',
    reader => 'e <email>', class => 'e <email>', auditor => 'cep <>',
    low_auditor => ' <least>',
);

is sees($_, '/'), $expected{$_}, $_ for sort keys %expected;

is sees($_, '/own'), ' <least>', "$_ where the location says it itself"
    for sort keys %expected;

is sees('acme', '/own_rule'), 'e <email>', 'a rule of the location';
is sees('auditor', '/own_rule'), ' <least>', 'in place of those outside';
is sees(undef, '/open'), ' <>', 'nobody known: the least';

# Category and application stand in an append-only store: a reload keeps them.
$nginx->reload;
is sees('insurer', '/'), 'p <phone>', 'after a reload';


sub refused {
    my ($line, $wanted) = @_;
    like $t->config_error("partner_zone zone=p:1m;\n"
        . "partner_redact_profile least email=mask;\n$line"), $wanted, $line;
}

refused('server { partner_redact_for least tier=gold; }',
    qr/partner_redact_for without a profile in partner_redact/);
refused('partner_redact least; partner_redact_for most tier=gold;',
    qr/partner_redact_for: unknown profile "most", allowed is "off" or a name/);
refused('partner_redact least; partner_redact_for off;',
    qr/invalid number of arguments in "partner_redact_for"/);
refused('partner_redact least; partner_redact_for off tier=gold,;',
    qr/invalid value "gold," of "tier", allowed is one or more of/);
refused('partner_redact least; partner_redact_for off tier=lead;',
    qr/invalid value "lead" of "tier"/);
refused('partner_redact least; partner_redact_for off scope=pii:*;',
    qr/invalid value "pii:\*" of "scope", allowed is 1 to 64/);
refused('partner_redact least; partner_redact_for off "category=a b";',
    qr/invalid value "a b" of "category", allowed is 1 to 63 letters/);
refused('partner_redact least; partner_redact_for off role=admin;',
    qr/unknown parameter "role=", allowed are tier=, category=/);
refused('partner_redact least; partner_redact_for off tier=gold tier=basic;',
    qr/partner_redact_for: "tier" is given twice/);

# Whoever meets no line sees the least, here or further out.
my $less = "partner_redact_profile less email=null;\n"
    . "partner_redact_profile more email=mask phone=mask;\n"
    . "partner_redact_profile drop email=drop;\n";

refused($less . 'partner_redact least; partner_redact_for more tier=gold;
    server { }', qr/"more", which has "\$.phone=mask" instead of no rule;/);
refused($less . 'partner_redact least; partner_redact_for off tier=basic;
    partner_redact_for drop tier=gold; server { location / { } }',
    qr/which has "\$.email=drop" instead of mask; who meets no line has to/);
refused($less . 'partner_redact more; partner_redact_for least tier=gold;
    server { location / { partner_redact least;
        partner_redact_for more partner=acme; } }',
    qr/partner_redact "least" may show more than partner_redact_for "more"/);

# Neither of these shows less than the other, so none may be the default.
$t->write_file('redact.keys', 'k1 ' . 'ab' x 32 . "\n");
chmod 0600, $t->dir . '/redact.keys' or die "redact.keys: $!";

for my $pair (['mask(2,2)', 'hash'], ['hash', 'mask(2,2)'],
    ['mask(0,4)', 'mask(6,4)'], ['mask(6,4)', 'mask(0,4)'])
{
    my ($default, $line) = @$pair;
    my $said = "\"\$.email=$line\" instead of $default, of which neither "
        . 'always shows less;';

    like $t->config_error("partner_zone zone=p:1m;\n"
        . 'partner_redact_keys ' . $t->dir . "/redact.keys;\n"
        . "partner_redact_profile d email=$default;\n"
        . "partner_redact_profile l email=$line;\n"
        . 'partner_redact d; partner_redact_for l tier=gold; server { }'),
        qr/\Q$said/, "$default with a line of $line";
}

is $t->config_error("partner_zone zone=p:1m;\n"
    . "partner_redact_profile least email=mask;\n$less"
    . 'partner_redact more; partner_redact_for least tier=gold;
    partner_redact_for off tier=silver; partner_redact_for more tier=basic;
    partner_redact_for less partner=acme;
    server { location / { partner_redact drop;
        partner_redact_for least partner=acme; } }'), '',
    'what shows more, or as much, may be for some';

done_testing;
