#!/usr/bin/perl

# The zone keeps what it counts: a reload that would change its size is refused,
# and a restart may change it.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();
$t->write_file('keys.json', registry($key => { tier => 'gold' }));

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:SIZE;
    partner_keys %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC


sub calls {
    return ($t->get('/metrics')->body
        =~ /^partner_requests_total\{tier="gold",outcome="ok"\} (\d+)/m)[0];
}


my $nginx = $t->run($conf =~ s/SIZE/1m/r);


# Writes another size into the configuration that it was started with.
sub resize {
    my ($size) = @_;
    open(my $fh, '<', "$nginx->{prefix}/nginx.conf") or die "nginx.conf: $!";
    my $text = do { local $/; <$fh> };
    $nginx->conf($text =~ s/(zone=partners:)\w+/$1$size/r);
}


is $t->get_as($key, '/')->status, 200, 'a call';

$t->expect_emerg(qr/another size would lose what it counts/);
resize('2m');
$nginx->signal('HUP');
$nginx->wait_log(qr/partner_zone "partners" has 1048576 bytes, and another/);
is $t->get_as($key, '/')->status, 200, 'the old configuration serves on';
is calls(), 2, 'and has lost nothing';

resize('1m');
$nginx->reload;
is calls(), 2, 'nor has a reload that leaves the size';

my $file = $nginx->{prefix} . '/nginx.conf';
my $text = do { local (@ARGV, $/) = $file; <> };
$nginx->conf($text =~ s/zone=partners:/zone=renamed:/r);
$nginx->reload;
like $nginx->error_log, qr/\[warn\].*"renamed" takes the place of "partners"/,
    'one of another name is new, and the log says what is lost';
is $t->get_as($key, '/')->status, 200, 'it serves';
$nginx->conf($text);

$nginx->stop;
resize('2m');
$nginx->start;
is $t->get_as($key, '/')->status, 200, 'a restart may change it';

done_testing;
