#!/usr/bin/perl

# The control of the harness: each thing that must fail a test file does.
#
# Each case is a small test of its own, run in a process of its own, whose
# exit status and output are what is looked at.

use strict;
use warnings;
use lib 't/lib';

use File::Temp qw(tempdir);
use Partner::Key qw(new_key);
use Partner::Process;
use Test::More;

my $scratch = tempdir(CLEANUP => 1);
my $key = new_key();
my $token = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.';


# Runs the text as a test file: (exit status, all it printed).
sub outcome {
    my ($text) = @_;

    my $file = "$scratch/inner.t";
    open(my $fh, '>', $file) or die "$file: $!";
    print $fh "use strict; use warnings; use lib 't/lib';\n"
        . "use Partner::Test; use Test::More; \$| = 1;\n"
        . "my \$t = Partner::Test->new;\n"
        . "print '# dir ', \$t->dir, qq{\\n};\n$text\n";
    close($fh) or die "$file: $!";

    my $out = `$^X $file 2>&1`;
    my $status = $? >> 8;

    # What a failed run keeps for its reader is of no use here.
    my ($dir) = $out =~ /^# dir (\S+)$/m or die "no directory: $out";
    system('rm', '-rf', '--', $dir);

    return ($status, $out);
}


sub fails {
    my ($name, $why, $text) = @_;

    my ($status, $out) = outcome($text);
    isnt $status, 0, "fails: $name";
    like $out, $why, "and says why: $name";
    unlike $out, qr/\Q$key\E|\Q$token\E/, "and keeps the secret: $name";
}


sub passes {
    my ($name, $text) = @_;

    my ($status, $out) = outcome($text);
    is $status, 0, "passes: $name" or diag($out);
}


sub logs {
    my ($line) = @_;
    return "\$t->write_file('error.log', q{$line} . qq{\\n});\n";
}


my $stamp = '2026/11/21 10:00:00';
my $end = "ok 1, 'x'; done_testing;";

passes 'nothing happened', $end;

fails 'a failed assertion', qr/not ok 1/, "ok 0, 'x'; done_testing;";

fails 'an alert', qr/alert: error\.log:1/,
    logs("$stamp [alert] 1#1: worker process 2 exited on signal 11") . $end;

passes 'an alert that was announced',
    logs("$stamp [alert] 1#1: worker process 2 exited on signal 9")
    . "\$t->expect_alert(qr/exited on signal 9/);" . $end;

fails 'another alert than the announced one', qr/signal 11/,
    logs("$stamp [alert] 1#1: worker process 2 exited on signal 11")
    . "\$t->expect_alert(qr/exited on signal 9/);" . $end;

fails 'an emergency', qr/emerg: error\.log:1/,
    logs("$stamp [emerg] 1#1: bind() failed") . $end;

fails 'a sanitizer report in a log', qr/sanitizer: x\.log:1/,
    "\$t->write_file('x.log', "
    . "qq{==7==ERROR: AddressSanitizer: heap-buffer-overflow\\n});" . $end;

fails 'a sanitizer report in its own file', qr/sanitizer: sanitizer/,
    "\$t->write_file('sanitizer/report.7', "
    . "qq{src/a.c:1:2: runtime error: load of misaligned address\\n});" . $end;

fails 'a key in the log', qr/credential: error\.log:1.*sk_/,
    logs("$stamp [info] 1#1: *1 refused $key") . $end;

fails 'a key in the debug log', qr/credential: error\.log:1/,
    logs("$stamp [debug] 1#1: *1 partner looks up $key") . $end;

fails 'a token in the debug log', qr/credential: error\.log:1/,
    logs("$stamp [debug] 1#1: *1 partner verifies ${token}abcdefgh") . $end;

passes 'a header that nginx itself dumps',
    logs(qq[$stamp [debug] 1#1: *1 http header: "Authorization: $key"])
    . $end;

passes 'a request that nginx itself dumps',
    logs(qq[$stamp [debug] 1#1: *1 http proxy header:\n"GET / HTTP/1.0\n]
        . qq[Authorization: $key\n\n"]) . $end;

fails 'a key in the record after such a dump', qr/credential: error\.log:3/,
    logs(qq[$stamp [debug] 1#1: *1 http proxy header:\n"GET / HTTP/1.0"\n]
        . "$stamp [debug] 1#1: *1 $key") . $end;

my $detached = <<'EOC';
my $p = Partner::Process->start(name => 'sh', dir => $t->dir,
    log => $t->dir . '/sh.log',
    argv => ['sh', '-c', 'sleep 300 & echo $! >pid; exec true']);
wait_until { !$p->running };
EOC

fails 'a process left over', qr/process left over: \d+ sleep/,
    $detached . $end;

my ($status, $out) = outcome($detached . $end);
my ($pid) = $out =~ /left over: (\d+)/;
ok !Partner::Process::alive($pid), 'and it is gone afterwards';

passes 'a process left over that was announced',
    "$detached \$t->expect_leftovers;" . $end;

fails 'a program that ignores its signal', qr/had to be killed: sh/, <<'EOC'
my $p = Partner::Process->start(name => 'sh', dir => $t->dir,
    log => $t->dir . '/sh.log',
    argv => ['sh', '-c', 'trap "" TERM; echo >ready; sleep 300 & wait']);
wait_until { -e $t->dir . '/ready' };
$p->stop(undef, 0.3);
EOC
    . $end;

fails 'a test that dies', qr/for a reason/,
    logs("$stamp [alert] 1#1: x") . "ok 1; die 'for a reason';";

# A test that dies, or is ended from outside, ends what it began.
my $endless = <<'EOC';
my $p = Partner::Process->start(name => 'sleep', dir => $t->dir,
    log => $t->dir . '/sleep.log',
    argv => ['sh', '-c', 'echo >up; exec sleep 300']);
wait_until { -e $t->dir . '/up' };
print '# pid ', $p->pid, "\n";
EOC

for my $how ('die "x"', 'exit 3', 'kill TERM => $$; wait', 'kill KILL => $$')
{
    ($status, $out) = outcome("$endless $how;");
    ($pid) = $out =~ /# pid (\d+)/;
    ok Partner::Process::wait_until(sub { !Partner::Process::alive($pid) }),
        "ended with its test: $how";
}

fails 'a server that does not start', qr/nginx ended with status 1.*emerg/s,
    "\$t->run(qq{%%GLOBALS%%\\nevents {}\\nnonsense;\\n}); $end";

done_testing;
