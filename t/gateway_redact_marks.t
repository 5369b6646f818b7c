#!/usr/bin/perl

# What the contract marks as personal is hidden, and opened by the profile of
# the one who calls.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my %callers = (nobody => {}, reader => { scopes => ['pii:read'] },
    phones => { scopes => ['pii:read:phone'] },
    joiner => { partnerId => 'joiner' });
my %key = map { $_ => new_key() } keys %callers;

$t->write_file('keys.json',
    registry(map { $key{$_} => $callers{$_} } sort keys %key));
$t->write_file('master.keys', 'k1 ' . '5a' x 32);
chmod 0600, $t->dir . '/master.keys' or die $!;

my $schema = '{"type": "object", "properties": {"name": {"x-pii": true},'
    . '"rider": {"properties": {"phone": {"x-pii": "phone"}}},'
    . '"stops": {"items": {"properties": {"at": {"x-pii": "place"}}}}}}';


sub contract {
    my ($answer) = @_;
    return '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"},'
    . '"security": [],'
        . '"paths": {' . join(',', map { qq("/$_->[0]": {"get":)
        . qq({"operationId": "$_->[0]", "responses": {"200": {"description":)
        . qq("-", "content": {"application/json": {"schema": $_->[1]}}}}}}) }
        ['ride', $answer], ['plain', '{}']) . '}}';
}


$t->write_file('api.json', contract($schema));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone        zone=partners:1m;
    partner_keys        %%DIR%%/keys.json;
    partner_redact_keys %%DIR%%/master.keys;

    partner_redact_profile least note=mask;
    partner_redact_profile most  note=mask x-pii=pass x-pii:place=null;
    partner_redact_profile phone note=mask x-pii:phone=pass x-pii=drop;
    partner_redact_profile joins note=mask x-pii:phone=hash
        $.rider.phone=mask(1,0) x-pii=hash;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;

        partner_redact least;
        partner_redact_for most  scope=pii:read;
        partner_redact_for phone scope=pii:read:phone;
        partner_redact_for joins partner=joiner;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    # nobody says what is redacted, or that nothing is
    server {
        listen 127.0.0.1:%%PORT_8082%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        add_header X-Profile "-$partner_redact_profile";

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location /plain { proxy_pass http://127.0.0.1:%%PORT_8081%%/text; }
    }

    server {
        listen 127.0.0.1:%%PORT_8083%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        partner_redact   off;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        default_type application/json;
        location /text { default_type text/plain; return 200 "Ada"; }
        location / {
            set $rest '"stops":[{"at":[1,2]}],"note":"n"}';
            return 200
                '{"name":"Ada","rider":{"phone":"5550100","name":"x"},$rest';
        }
    }
}
EOC


sub body { return $t->get_as($key{$_[0]}, $_[1])->body }


my $rest = '"note":"***"}';

is body('nobody', '/ride'), '{"name":"***","rider":{"phone":"***","name":"x"},'
    . '"stops":[{"at":"***"}],' . $rest, 'marks are masked by default';
is body('reader', '/ride'), '{"name":"Ada","rider":{"phone":"5550100",'
    . '"name":"x"},"stops":[{"at":null}],' . $rest,
    'a scope opens all but a class';
is body('phones', '/ride'), '{"rider":{"phone":"5550100","name":"x"},'
    . '"stops":[{}],' . $rest, 'a scope opens a class alone';
like body('joiner', '/ride'), qr/^\{"name":"h:[\w-]{43}",
    "rider":\{"phone":"5\*\*\*","name":"x"\},
    "stops":\[\{"at":"h:[\w-]{43}"\}\],\Q$rest\E$/x,
    'a path of the profile goes first';

is body($_, '/plain'), '{"name":"Ada","rider":{"phone":"5550100","name":"x"},'
    . '"stops":[{"at":[1,2]}],' . $rest,
    "$_: an operation without marks" for qw(nobody phones reader);


my $unsaid = $t->get_as($key{reader}, '/ride', port => 8082);
is $unsaid->body, '{"name":"***","rider":{"phone":"***","name":"x"},'
    . '"stops":[{"at":"***"}],"note":"n"}',
    'marks are masked where nobody chose a profile, whatever the scopes';
is $unsaid->header('X-Profile'), '-x-pii', 'the profile has a name';

my $plain = $t->get_as($key{reader}, '/plain', port => 8082);
is $plain->body, 'Ada', 'what bears no mark passes there, whatever it is';
is $plain->header('X-Profile'), '-', 'and has no profile';
like $t->get_as($key{nobody}, '/ride', port => 8083)->body, qr/"Ada"/,
    'off shows them';


sub refused {
    my ($rules, $wanted) = @_;
    like $t->config_error("partner_zone zone=p:1m;\npartner_contract "
        . $t->dir . "/api.json;\npartner_redact_profile p $rules;"),
        $wanted, $rules;
}


refused('x-pii=open', qr/"x-pii=open": unknown action "open".*, and pass in /);
refused('a=pass', qr/unknown action "pass"/);
refused('x-pii:a=mask x-pii:a=null', qr/"x-pii:a=null" is for a class that/);
refused('x-pii:phone=hash', qr/"x-pii:phone=hash" needs keys/);
refused(join(' ', map { "\$.a$_=mask" } 1 .. 60),
    qr/cannot take the x-pii at "\$\.\S+" of the operation "ride": too many/);

done_testing;
