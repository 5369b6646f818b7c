#!/usr/bin/perl

# The command line of partnerd: each verb takes its own options and refuses
# those of others by name, so that none is passed over in silence.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $partnerd = $t->build . '/partnerd';

delete @ENV{grep { /^PARTNERD_/ } keys %ENV};

# Standard output and error together, and the exit status.
sub run {
    my $said = join '', map { "'$_' " } $partnerd, @_;
    $said = `$said 2>&1 </dev/null`;
    return ($said, $? >> 8);
}


my $redis = 'redis redis-user redis-password-file';
my %takes = (
    'serve' => "database $redis listen metrics contract sql subject-keys
        master-key key-pepper report-key readers scans writers waiting
        deadline",
    'work' => "database $redis metrics sql audit-head subject-keys",
    'migrate' => 'database sql to plan',
    'check' => 'database contract sql docs',
    'check audit' => 'database audit-head',
    'check peppers' => 'database key-pepper',
    'check subjects' => 'database subject-keys deadline older-than remove',
    'operator-key' => 'database key-pepper role name',
    'key' => 'key-pepper',
    'report' => 'database sql report-key partner month',
    'redact' => 'partner profile redact-keys',
    'rotate master-key' => 'subject-keys master-key',
);
my @flags = qw(remove plan docs);

my ($help, $status) = run('--help');
is $status, 0, '--help';
my @options = $help =~ /^  --(\S+) .*\n      /mg;
my %all = map { $_ => 1 } 'dumpable', map { split } values %takes;
is "@{[sort @options]}", "@{[sort keys %all]}", 'has every option';
is_deeply [sort map { s/ +$//r } $help =~ /^  (\w\S*(?: \w\S+)?)  /mg],
    [sort keys %takes], 'and every verb';
is((run('help'))[0], $help, 'help says the same');

# Without its value, or with one that it cannot have, an option that is taken
# is refused too, by other words: nothing runs.
for my $verb (sort keys %takes) {
    my %own = map { $_ => 1 } 'dumpable', split ' ', $takes{$verb};
    my @wrong;

    for my $option (@options) {
        my $flag = grep { $_ eq $option } @flags;
        my $due = !$own{$option} ? "$verb takes no --$option"
            : $flag ? "--$option takes no value" : "--$option needs a value";
        my ($said, $code) = run(split(' ', $verb),
            $flag ? "--$option=1" : "--$option");
        push @wrong, "--$option: $code $said"
            unless $code == 2 && $said =~ /^partnerd: \Q$due\E(:.*)?\n\z/;
    }

    is "@wrong", '', "$verb takes its own options alone";

    my ($said) = run(split(' ', $verb), '--help');
    is_deeply [sort $said =~ /^  --(\S+) .*\n      /mg], [sort keys %own],
        "and its help has these";
    is((run('help', split ' ', $verb))[0], $said, "as help $verb has");
    my @of = grep {
        my ($of) = $help =~ /^  --\Q$_\E .*\n.*\n      of (.*)$/m;
        grep { $_ eq $verb || $_ eq 'every verb' } split /, /, $of // '';
    } @options;
    is_deeply [sort @of], [sort keys %own], 'and that of all';
}

my ($said, $code) = run('operator-key', '--plan');
is "$code $said", "2 partnerd: operator-key takes no --plan\n",
    'nothing is made where a plan was asked for';

# One file of variables serves all verbs.
{
    local $ENV{PARTNERD_READERS} = 'many';
    local $ENV{PARTNERD_LISTEN} = 'unix:/nowhere/sock';
    like +(run('key'))[0], qr/^key: sk_/, 'a variable of another verb';
    ($said, $code) = run('serve');
    is "$code $said", "2 partnerd: PARTNERD_READERS is \"many\"; allowed: "
        . "1 to 64\n", 'is checked by the verb that takes it';
}

# ---- values ----

my $sql = $t->top . '/upstream-services/sql';
my ($last) = (sort glob "$sql/migrations/*.sql")[-1] =~ /(\d+)_\w+\.sql$/;
$last += 0;

for my $case (
    [['operator-key', '--role', 'root'],
        'role is "root"; allowed: admin|finance|support|auditor'],
    [['operator-key', '--name', ''],
        'name has 0 characters; allowed: 1 to 100'],
    (map { [['migrate', '--sql', $sql, '--to', $_],
        "to is \"$_\"; allowed: 0 to $last"] }
        $last + 1, 99999, -1, 'all', ''),
    [['work', '--dumpable', '2'], 'dumpable is "2"; allowed: 0 to 1']) {
    my ($words, $due) = @$case;
    ($said, $code) = run(@$words);
    is "$code $said", "2 partnerd: $due\n", "$words->[0] $words->[-1]";
}

for (['--month', 'nov'], ['--month', '2999-01'], ['--partner', 'nobody']) {
    ($said, $code) = run('report', '--partner',
        '0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11', @$_);
    is $code, 2, "report @$_";
    like $said, qr/$_->[0] is \\"$_->[1]\\"; allowed: /, 'says what is allowed';
}

like $help, qr/--older-than MINUTES\n.*\n.*\n      default "60"/,
    'a default without a variable is told';

done_testing;
