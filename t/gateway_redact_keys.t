#!/usr/bin/perl

# Values are hashed and encrypted under keys that are one partner's alone, and
# the programs in C and in JavaScript open them.

use strict;
use warnings;
use lib 't/lib';

use IPC::Open3 qw(open3);
use JSON::PP qw(decode_json);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

use constant A => join('', map { sprintf '%02x', $_ } 0 .. 31);
use constant B => join('', map { sprintf '%02x', $_ } 128 .. 159);

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(acme other);
my %program = (C => [$t->build . '/tokens'],
    JavaScript => ['node', $t->top . '/tools/tokens/tokens.mjs']);
my %counterpart = (C => 'JavaScript', JavaScript => 'C');

$t->write_file('keys.json',
    registry(map { $key{$_} => { partnerId => $_ } } sort keys %key));


sub master {
    my ($text, $mode) = @_;

    my $path = $t->write_file('master.keys', $text);
    chmod $mode // 0600, $path or die "$path: $!";
    return $path;
}


# (status, lines of standard output, standard error)
sub tokens {
    my ($language, $verb, $input, @arguments) = @_;

    my $in = $t->write_file('in', join('', map { "$_\n" } @$input));
    my ($out, $err) = map { $t->dir . "/$_" } qw(out err);
    open(my $from, '<', $in) or die "$in: $!";
    open(my $to, '>', $out) or die "$out: $!";
    open(my $said, '>', $err) or die "$err: $!";
    my $pid = open3('<&' . fileno $from, '>&' . fileno $to,
        '>&' . fileno $said, @{$program{$language}}, $verb, @arguments);
    waitpid($pid, 0);
    my $status = $? >> 8;
    close $to;
    close $said;

    return ($status, [split /\n/, $t->read_file('out')],
        $t->read_file('err'));
}


sub lines { return (tokens(@_))[1] }


$t->write_file('long.json', '["' . 'x' x 4095 . '","' . 'x' x 4094 . '"]');

my $path = master("# the first\none " . A . "\n");
# The shipped logs of calls are the audit trail of what was seen by whom.
my %shipped = (nginx => 'conf/nginx.conf', demo => 'conf/demo.conf.in');

for my $name (keys %shipped) {
    my ($format) = $t->read_file($t->top . "/$shipped{$name}")
        =~ /(log_format partner .*?;)$/ms;
    $t->define("\U$name\E_FORMAT" => $format =~ s/partner/$name/r
        =~ s/\$call_method/\$request_method/r);
}

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone        zone=partners:1m;
    partner_keys        %%DIR%%/keys.json;
    partner_redact_keys %%DIR%%/master.keys;

    partner_redact_profile keyed email=hash card=encrypt $.n=hash
        @email=encrypt note=null;

    partner_redact_profile exact case=exact email=mask Card=mask;

    log_format classes $partner_redaction_classes;
    %%NGINX_FORMAT%%
    %%DEMO_FORMAT%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        partner_redact keyed;
        access_log %%DIR%%/classes.log classes;
        access_log %%DIR%%/nginx.log nginx;
        access_log %%DIR%%/demo.log demo;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /open {
            partner_auth off;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /exact {
            partner_redact exact;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /long { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location = /metrics {
            partner_auth off;
            partner_redact off;
            partner_metrics;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        default_type application/json;
        location = /long { alias %%DIR%%/long.json; }
        location / {
            return 200 '{"email":"a\\u0064a@b.example","card":{"no": 10.00},
                "n":7,"text":"to ada@b.example.","note":1}';
        }
    }
}
EOC

my $nginx = $t->run($conf);


sub answer {
    my ($partner) = @_;
    return $t->get_as($key{$partner}, '/')->json;
}


my ($one, $two, $other) = (answer('acme'), answer('acme'), answer('other'));

like $one->{email}, qr/^h:[\w-]{43}$/, 'a hash';
is $two->{email}, $one->{email}, 'stays the same for a partner';
isnt $other->{email}, $one->{email}, 'and is another for another';
isnt $two->{n}, $one->{email}, 'another value, another hash';
like $one->{card}, qr/^e:one:[\w-]+$/, 'an encrypted value';
isnt $two->{card}, $one->{card}, 'never comes twice';
like $one->{text}, qr/^to e:one:[\w-]+\.$/, 'a part of a text';
is $one->{note}, undef, 'rules without keys go on';

my $nobody = $t->get('/open')->json;
is $nobody->{email}, '***', 'nobody known: a hash is masked';
is $nobody->{card}, '***', 'and so is what would be encrypted';

my ($part) = $one->{text} =~ /(e:one:[\w-]+)/;


# What one program derives and makes the other opens.
sub interoperates {
    my ($language) = @_;

    my $file = sub {
        my ($partner, $from) = @_;
        return $t->write_file("$partner.keys", join("\n",
            @{lines($language, 'derive', [], $from // $path, $partner)}));
    };
    my ($acme, $foreign) = map { $file->($_) } qw(acme other);
    my @values = ('ada@b.example', '', 'x' x 300, "\xc3\xa9\0\t");
    my ($status, $got, $said);

    is_deeply lines($language, 'open', [$one->{card}, $two->{card}, $part],
        $acme), [('{"no": 10.00}') x 2, 'ada@b.example'],
        "$language: opens what the gateway made";
    is lines($language, 'hash', ['ada@b.example'], $acme)->[0], $one->{email},
        "$language: hashes as the gateway does";
    is lines($language, 'hash', ['7'], $acme)->[0], $one->{n},
        "$language: a number as well";

    ($status, $got, $said) = tokens($language, 'open',
        [$one->{card}, $other->{card}], $foreign);
    is_deeply [$status, $got], [1, ['{"no": 10.00}']],
        "$language: a partner opens only its own";
    like $said, qr/^tokens: line 1: not for these keys$/m,
        "$language: and is told which it cannot";

    my $made = lines($language, 'encrypt', \@values, $acme);
    is_deeply lines($counterpart{$language}, 'open', $made, $acme), \@values,
        "$language: the other opens what it encrypts";
    is_deeply lines($counterpart{$language}, 'hash', \@values, $acme),
        lines($language, 'hash', \@values, $acme),
        "$language: and hashes the same";

    my @changed = map { my $c = $one->{card};
        substr($c, $_, 1) ^= "\1"; $c } 0 .. length($one->{card}) - 1;
    ($status, $got) = tokens($language, 'open',
        [@changed, map { substr $one->{card}, 0, $_ }
            1 .. length($one->{card}) - 1], $acme);
    is_deeply [$status, $got], [1, []],
        "$language: a changed or missing character is noticed";

    return $file;
}


my %derive = map { $_ => interoperates($_) } sort keys %program;

# A rotation: the newest encrypts, all open, hashes stay.
my $rotated = master('one ' . A . "\n\ntwo-b " . B);
$nginx->reload;
my $after = answer('acme');
like $after->{card}, qr/^e:two-b:/, 'the last key encrypts';
is $after->{email}, $one->{email}, 'the first one hashes';

is_deeply lines($_, 'open', [$one->{card}, $after->{card}],
    $derive{$_}->('acme', $rotated)), [('{"no": 10.00}') x 2],
    "$_: opens those of both keys" for sort keys %program;

# Counted by class, without the values.
my $metrics = $t->get('/metrics')->body;
like $metrics, qr/^partner_redactions_by_class_total\{class="name"\} 15$/m,
    'by name';
like $metrics, qr/^partner_redactions_by_class_total\{class="path"\} 5$/m,
    'by path';
like $metrics, qr/^partner_redactions_by_class_total\{class="email"\} 5$/m,
    'by what was found';
like $metrics, qr/^partner_redactions_total\{tier="none"\} 5$/m,
    'for nobody, too';
soon { $t->read_file('classes.log') =~ /^email=1,name=3,path=1$/m }
    'in the log';

# What is too long to be searched is a class of its own.
is $t->get_as($key{acme}, '/long')->body,
    '["***","' . 'x' x 4094 . '"]', 'a long string is masked whole';
like $t->get('/metrics')->body,
    qr/^partner_redactions_by_class_total\{class="too_long"\} 1$/m,
    'and counted as such';
soon { $t->read_file('classes.log') =~ /^too_long=1$/m } 'and logged';

for my $name (sort keys %shipped) {
    my @lines = map { decode_json($_) }
        split(/\n/, $t->read_file("$name.log"));
    my ($mine) = grep { $_->{partner} eq 'acme' } @lines;

    is $mine->{redacted}, 'email=1,name=3,path=1', "$shipped{$name}: what";
    is $mine->{redactions}, 5, 'how many';
    is $mine->{profile}, 'keyed', 'under which profile';
    ok exists $mine->{$_}, $_ for qw(time key operation);
}

is $t->get_as($key{acme}, '/exact')->json->{email}, '***',
    'a name in its case';
is_deeply $t->get_as($key{acme}, '/exact')->json->{card}, { no => 10 },
    'case=exact: not in another';


sub refused {
    my ($lines, $wanted, $text, $mode) = @_;

    master($text // 'one ' . A, $mode);
    my $said = $t->config_error("partner_zone zone=p:1m;\n$lines");
    like $said, $wanted, "$wanted";
    unlike $said, qr/00010203|fffefdfc/, 'and no byte of a key';
}


my $use = "partner_redact_keys $path;";

refused('partner_redact_profile p a=mask email=hash;',
    qr/profile "p": rule "email=hash" needs keys, which partner_redact_keys/);
refused('partner_redact_profile p a=mask case=exact;',
    qr/has "case=exact" behind a rule, allowed is before/);
refused("$use $use", qr/"partner_redact_keys" directive is duplicate/);
refused('partner_redact_keys /nowhere;', qr/"\/nowhere" failed/);
refused($use, qr/master\.keys" is open to others, chmod o= it/, undef, 0604);
refused($use, qr/there is no key in it/, "# none\n");
refused($use, qr/line 2: a key of 64 hexadecimal digits is expected/,
    "#\none " . substr(A, 1));
refused($use, qr/line 1: an id of 1 to 16 letters/, A);
refused($use, qr/line 2: key "one" is given twice/,
    'one ' . A . "\none " . B);

done_testing;
