#!/usr/bin/perl

# The master key of personal data changes while partnerd serves and erases: old
# and new stand side by side, and a rotation that is killed goes on.

use strict;
use warnings;
use lib 't/lib';

use Partner::Process;
use Partner::Test;
use POSIX qw(mkfifo);
use Test::More;

use constant PERSONS => 300; # with one key each

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $keys = "$t->{dir}/subjects";
my $file = $p->{environment}{PARTNERD_MASTER_KEY};
my $old = $t->read_file($file);
my $new = '5e' x 32 . "\n";


sub masters {
    $t->write_file('masters', join('', @_));
    rename("$t->{dir}/masters", $file) or die "$file: $!";
    chmod(0600, $file);
}


sub call { return $p->call(@_) }


sub key_files { return grep { !m{/master\.sha256$} } glob("$keys/*") }
sub rotate { return $p->run('rotate', 'master-key', @_) }


sub again {
    $p->{serve}->stop;
    $p->serve;
}


my $partner = call('POST', '/api/partners', { partnerName => 'p',
    partnerType => 'Data' })->json->{data}{id};
my $uri = "/api/partners/$partner/contacts";
my @persons = map { $_->json->{data}{id} } map { call('POST', $uri, {
    contactName => "Person $_", email => "p$_\@x.example", role => 'Legal' }) }
    1 .. PERSONS;


# All that is not erased is shown.
sub shown {
    my ($n, $next, @names) = (0, '');

    while (defined $next) {
        my $r = call('GET', "$uri?limit=100"
            . ($next && "&cursor=$next"))->json;
        push @names, grep { defined } map { $_->{contactName} } @{$r->{data}};
        $next = $r->{page}{next};
    }

    return scalar @names;
}


is shown(), PERSONS, 'everybody is shown';
my %before = map { $_ => $t->read_file($_) } key_files();

# ---- too early, and too late ----

masters($new);
like((rotate())[2], qr/made under another master key/,
    'the new key alone opens nothing');
masters($new, 'zz' x 32);
like((rotate())[2], qr/is not one to 4 lines/, 'what is no key');
masters(($new) x 5);
like((rotate())[2], qr/is not one to 4 lines/, 'too many');
like((rotate('--subject-keys', ''))[2], qr/--subject-keys is missing/,
    'no folder');

# ---- side by side ----

masters($new, $old);
again();
is shown(), PERSONS, 'the old ones are shown';
push @persons, call('POST', $uri, { contactName => 'New', email =>
    'new@x.example', role => 'Legal' })->json->{data}{id};
is shown(), PERSONS + 1, 'and a new one';

# ---- killed, while somebody is erased ----

my $moved = sub { scalar grep { $before{$_} && -e $_
    && $t->read_file($_) ne $before{$_} } keys %before };

for my $share (1, 2) {
    my $rotation = Partner::Process->start(name => 'rotation',
        dir => $p->{dir}, log => "$p->{dir}/rotate$share.log",
        env => $p->{environment},
        argv => [$p->{binary}, 'rotate', 'master-key']);
    wait_until { $moved->() >= $share * PERSONS / 4 };
    $rotation->stop('KILL');
    is shown(), PERSONS + 1 - ($share - 1),
        "killed after $share quarters: everybody is shown";

    my $erased = $persons[$share];
    $t->write_file("subjects/$erased.new", $before{"$keys/$erased"});
    call('POST', '/api/erasures', { subjectId => $erased, reason => 'x' });
    soon { !grep { /$erased/ } glob("$keys/*") }
        'who is erased then is gone, with what the rotation left';
}

like((rotate())[1], qr/^\d+ moved, @{[PERSONS - 1]} under the first/,
    'the next one ends it');
is $moved->(), PERSONS - 2, 'each key that was there is another file now';
is scalar(grep { /\.new$/ } key_files()), 0, 'and nothing is left over';
is shown(), PERSONS - 1, 'everybody is shown';
is_deeply [(rotate())[0, 1]], [0, "0 moved, @{[PERSONS - 1]} under the first "
    . "master key\n"], 'once more: nothing to do';

# ---- two at once ----

# The first has opened what is a pipe here, and reads until it is closed.
my ($held) = key_files();
rename($held, "$t->{dir}/held") or die "$held: $!";
mkfifo($held, 0600) or die "$held: $!";
my $first = Partner::Process->start(name => 'rotation', dir => $p->{dir},
    log => "$p->{dir}/first.log", env => $p->{environment},
    argv => [$p->{binary}, 'rotate', 'master-key']);
open(my $pipe, '>', $held) or die "$held: $!";
my @second = rotate();
is $second[0], 1, 'a second rotation is refused';
like $second[2], qr/another rotation is at work/, 'and says why';
rename("$t->{dir}/held", $held) or die "$held: $!";
close($pipe);
soon { (rotate())[0] == 0 } 'when the first is over, the next is not';
is shown(), PERSONS - 1, 'everybody is shown';

# ---- the old one goes ----

masters($new);
again();
is shown(), PERSONS - 1, 'everybody is shown under the new one alone';
masters($old);
isnt +($p->run('serve'))[0], 0, 'the old one opens nothing any more';

my ($one) = key_files();
my $whole = $t->read_file($one);
masters($new);
$t->write_file('subjects/' . substr($one, length("$keys/")), "\0" x 60);
my ($status, $out, $said) = rotate();
is $status, 1, 'a file that is no key';
like $said, qr/is no key under these master keys/, 'is named';
like $out, qr/; not done$/, 'and it is said';

done_testing;
