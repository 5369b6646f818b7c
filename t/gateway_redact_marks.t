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
    partner_redact_profile ride  note=mask $.rider.phone=mask;
    partner_redact_profile most  note=mask x-pii=pass x-pii:place=null;
    partner_redact_profile phone note=mask x-pii:phone=pass x-pii=null;
    partner_redact_profile joins note=mask x-pii:phone=hash
        $.rider.phone=mask(1,0) x-pii=hash;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;

        partner_redact least;
        partner_redact_for most  scope=pii:read;
        partner_redact_for phone scope=pii:read:phone;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location = /ride {
            partner_redact ride;
            partner_redact_for most  scope=pii:read;
            partner_redact_for phone scope=pii:read:phone;
            partner_redact_for joins partner=joiner;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    # nobody says what is redacted, or that nothing is
    log_format classes $partner_redaction_classes;
    server {
        access_log       %%DIR%%/classes.log classes;
        listen 127.0.0.1:%%PORT_8082%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        add_header X-Profile "-$partner_redact_profile";

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location /plain { proxy_pass http://127.0.0.1:%%PORT_8081%%/text; }
        location = /status {
            partner_auth     off;
            partner_contract off;
            partner_status;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8083%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        partner_redact   off;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    # marks are of the answer, whoever asked for it
    server {
        listen 127.0.0.1:%%PORT_8084%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        ssi_types        application/json;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location = /plain {
            ssi on;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/page;
        }
        location = /ride {
            partner_auth off;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
        location = /elsewhere {
            partner_auth off;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/ride;
        }
        location = /here { partner_auth off; return 200 "Ada"; }
        location = /led {
            partner_auth off;
            error_page 404 = /ride;
            return 404;
        }
        location = /named {
            partner_auth   off;
            partner_redact least;
            rewrite ^ /ride break;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
        location = /shown {
            partner_auth   off;
            partner_redact off;
            rewrite ^ /ride break;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    # the same with a profile, and for a contract that has not all paths
    server {
        listen 127.0.0.1:%%PORT_8085%%;
        partner_auth     off;
        partner_contract %%DIR%%/api.json unknown=pass;
        partner_redact   least;
        ssi_types        application/json;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location = /ride {
            ssi on;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/text_of;
        }
        location = /led { proxy_pass http://127.0.0.1:%%PORT_8081%%/ride; }
    }

    # what comes of a redirect within a location has marks of its own
    server {
        listen 127.0.0.1:%%PORT_8086%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
        location = /ride {
            internal;
            partner_auth off;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }
    server {
        listen 127.0.0.1:%%PORT_8087%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json;
        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        default_type application/json;
        location = /plain {
            if ($arg_to) { add_header X-Accel-Redirect $arg_to; }
            set $rest '"stops":[{"at":[1,2]}],"note":"n"}';
            return 200
                '{"name":"Ada","rider":{"phone":"5550100","name":"x"},$rest';
        }
        location /text { default_type text/plain; return 200 "Ada"; }
        location = /page {
            return 200 '{"name":"Eve","of":<!--#include virtual="/ride" -->}';
        }
        location = /text_of {
            set $of "<!--#include virtual='/plain' -->";
            return 200 '{"name":"Eve","of":"$of"}';
        }
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
is body('phones', '/ride'), '{"name":null,"rider":{"phone":"5550100",'
    . '"name":"x"},"stops":[{"at":null}],' . $rest,
    'a scope opens a class alone';
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
soon { $t->read_file('classes.log') =~ /^phone=1,x-pii=2$/m }
    'marks count by classes of detectors, others as x-pii';

my $plain = $t->get_as($key{reader}, '/plain', port => 8082);
is $plain->body, 'Ada', 'what bears no mark passes there, whatever it is';
is $plain->header('X-Profile'), '-', 'and has no profile';
like $t->get_as($key{nobody}, '/ride', port => 8083)->body, qr/"Ada"/,
    'off shows them';


my $masked = '{"name":"***","rider":{"phone":"***","name":"x"},'
    . '"stops":[{"at":"***"}],"note":"n"}';

is $t->get('/ride', port => 8084)->body, $masked,
    'marks are masked where nobody is authenticated';
is $t->get_as($key{reader}, '/plain', port => 8084)->body,
    qq({"name":"Eve","of":$masked}), 'and within an answer that bears none';
is $t->get('/led', port => 8084)->body, $masked, 'and behind error_page';
is $t->get('/named', port => 8084)->body, $masked =~ s/"n"/"***"/r,
    'and under a profile';
like $t->get('/shown', port => 8084)->body, qr/"Ada"/, 'but not under off';
is $t->get('/elsewhere', port => 8084)->code, 'response_not_redactable',
    'a path that the contract does not have: who knows what comes';
is $t->get('/here', port => 8084)->body, 'Ada', 'unless nginx serves it';
is $t->request('POST', '/ride', port => 8084)->code,
    'response_not_redactable', 'nor another method';

is $t->get_as($key{nobody}, '/plain?to=/ride', port => 8086)->body, $masked,
    'an upstream leads to what is marked, in a location of its own';
is $t->get_as($key{nobody}, '/plain?to=/ride', port => 8087)->body, $masked,
    'and in the same';
is $t->get_as($key{nobody}, '/ride?to=/plain', port => 8087)->body, $masked,
    'what is marked is marked anyway';

my $listed = '{"name":"Ada","rider":{"phone":"5550100","name":"x"},'
    . '"stops":[{"at":[1,2]}],' . $rest;
is $t->get('/ride', port => 8085)->body,
    qq({"name":"***","of":"$listed"}), 'each part by its own marks';
is $t->get('/led', port => 8085)->body, $listed,
    'unknown=pass lets it through, with what the profile names';
is $t->get('/x%2f..%2fride', port => 8085)->code, 'response_not_redactable',
    'but not in disguise';


sub refused {
    my ($rules, $wanted) = @_;
    like $t->config_error("partner_zone zone=p:1m;\npartner_contract "
        . $t->dir . "/api.json;\npartner_redact_profile p $rules;"),
        $wanted, $rules;
}


refused('x-pii=open', qr/"x-pii=open": unknown action "open".*, and pass in /);
refused('a=pass', qr/unknown action "pass"/);
refused('x-pii:a=mask x-pii:a=null',
    qr/"x-pii:a=null": it is for a class that/);
refused('x-pii:phone=hash', qr/"x-pii:phone=hash" needs keys/);
refused(join(' ', map { "\$.a$_=mask" } 1 .. 60),
    qr/cannot take the x-pii at "\$\.\S+" of the operation "ride": too many/);


# A default that hides less where the contract marks something.
sub weaker {
    my ($name, $default, $line, $where, $wanted) = @_;

    like $t->config_error("partner_zone zone=p:1m;\npartner_keys "
        . $t->dir . "/keys.json;\npartner_redact_profile d $default;\n"
        . "partner_redact_profile l $line;\n"
        . "server { partner_auth off; $where\npartner_redact d;\n"
        . "partner_redact_for l tier=gold;\nlocation / { } }"),
        $wanted, $name;
}


my $at_phone = '"$.rider.phone=null" instead of mask(2,16) in the operation '
    . '"ride"; who meets no line has to see the least';
my $api = 'partner_contract ' . $t->dir . '/api.json;';

weaker('its own rule at a mark', '$..phone=mask(2,16) x-pii=null',
    'x-pii=null', $api, qr/\Q$at_phone/);
weaker('where a redirect may lead to', '$..phone=mask(2,16) x-pii=null',
    'x-pii=null', "location /ride { partner_auth key; $api }",
    qr/\Q$at_phone/);
weaker('not where nothing is marked so', '$..email=mask(2,16) x-pii=null',
    'x-pii=null', $api, qr/^$/);


# A mark that would protect nothing stops the gateway, and says where it is.
sub misplaced {
    my ($name, $contract, $wanted) = @_;

    $t->write_file('wrong.json', $contract);
    like $t->config_error("partner_zone zone=p:1m;\nserver {\n"
        . 'partner_contract ' . $t->dir . "/wrong.json;\n}"),
        qr/partner_contract "\S*wrong\.json" at "$wanted/, $name;
}


my $answer = '/paths/~1ride/get/responses/200';
my $media = "$answer/content/application~1json";
my $wrong = contract('{}');

misplaced('behind a reference that is not followed',
    contract('{"properties": {"a": {"$dynamicRef": "#a"}}}'),
    qr/$media\/schema\/properties\/a\/\$dynamicRef": it is not followed, so/);
misplaced('beside the schema', $wrong =~ s/"schema"/"x-pii": true, $&/r,
    qr/$media\/x-pii": marks nothing here: x-pii is allowed on a schema/);
misplaced('on the answer', $wrong =~ s/"content"/"x-pii": true, $&/r,
    qr/$answer\/x-pii": marks nothing here/);
misplaced('on the operation', $wrong =~ s/"responses"/"x-pii": true, $&/r,
    qr/\/paths\/~1ride\/get\/x-pii": marks nothing here/);
misplaced('on a header',
    $wrong =~ s/"content"/"headers": {"To": {"schema": {"x-pii": true}}}, $&/r,
    qr/$answer\/headers\/To\/schema\/x-pii": marks nothing here/);
misplaced("misspelt $_",
    contract(qq({"properties": {"name": {"$_": true}}})),
    qr/$media\/schema\/properties\/name\/$_": .* spelt x-pii/)
    for 'X-PII', 'x-PII', 'x-pi';
misplaced('on names', contract('{"propertyNames": {"x-pii": "email"}}'),
    qr/$media\/schema\/propertyNames\/x-pii": marks nothing here/);
misplaced('on a whole answer', contract('{"x-pii": true}'),
    qr/$media\/schema\/x-pii": a whole answer cannot be marked; allowed/);

$t->write_file('shared.json', '{"openapi": "3.1.0",'
    . '"info": {"title": "t", "version": "1"}, "components": {}}');
my ($status, $said) = $t->config_check("%%GLOBALS%%\nload_module %%MODULE%%;\n"
    . "events {}\nhttp {\n%%GLOBALS_HTTP%%\npartner_zone zone=p:1m;\n"
    . "partner_contract %%DIR%%/api.json %%DIR%%/shared.json;\n}\n");
is $status, 0, 'the contract is right' or diag $said;
like $said,
    qr/api\.json" "\S+shared\.json": operations: 2, places .*: 3\b/,
    'nginx -t counts marks';
is_deeply $t->get('/status', port => 8082)->json->{marks}, { ride => 3 },
    'the status page does, by operation';

done_testing;
