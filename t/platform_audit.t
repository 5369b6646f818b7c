#!/usr/bin/perl

# The audit trail: each change stands in it with who made it, in one chain,
# and whatever is changed, moved or removed afterwards is found.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $postgres = $p->{postgres};
my $head = "$t->{dir}/audit.head";


sub call {
    my ($method, $uri, $body, %as) = @_;
    return $p->request($method, $uri, as => \%as,
        headers => { 'X-Request-Id' => 'r1' },
        defined $body ? (body => encode_json($body)) : ());
}


sub sql { return $postgres->query($_[0]) }


sub chained {
    my ($name) = @_;
    soon { sql('SELECT count(*) FROM partner.audit WHERE position IS NULL')
        == 0 } "$name: chained";
}


sub published { return -e $head ? decode_json($t->read_file($head)) : {} }


# All pages of a list.
sub trail {
    my ($query) = @_;
    my ($cursor, @all) = ('');

    while (defined $cursor) {
        my $page = call('GET', "/api/audit?limit=7&$query$cursor")->json;
        push @all, @{$page->{data}};
        $cursor = $page->{page}{next} && "&cursor=$page->{page}{next}";
    }

    return @all;
}


sub check { return $p->run('check', 'audit') }


sub sound {
    my ($name) = @_;
    my ($status, $out, $said) = check();
    is $status, 0, "$name: the trail is sound" or diag $said;
    return $out;
}


my $partner = call('POST', '/api/partners', { partnerName => 'p',
    partnerType => 'Data' }, client => 'op1')->json->{data}{id};
call('POST', "/api/partners/$partner/activate", undef, client => 'op2');
call('PUT', "/api/partners/$partner", { partnerName => 'q' }, client => 'me',
    partner => $partner, scopes => 'manage:partners');
my $key = call('POST', '/api/keys', { partnerId => $partner,
    scopes => ['read:*'] })->json->{data};
call('DELETE', "/api/keys/$key->{id}");
call('GET', "/api/partners/$partner");
chained('some changes');

# ---- what stands there ----

my @of = trail("partnerId=$partner");
my @said = map { join(' ', @$_{qw(resource action tenant actor requestId)}) }
    @of;
is_deeply \@said, ['partners created platform op1 r1',
    'partners changed platform op2 r1', "partners changed $partner me r1",
    'keys created platform test r1', 'keys changed platform test r1'],
    'each change, who made it and in which call' or diag explain \@of;
is_deeply [map { $_->{position} } @of], [1 .. @of], 'in one order';
is $of[0]{before}, undef, 'of what was made there is nothing before';
is $of[0]{after}{name}, 'p', 'and all after';
is_deeply [@{$of[1]}{qw(before after)}], [{ status => 'Pending' },
    { status => 'Active' }], 'of a change there is what differs';
is_deeply [@{$of[2]}{qw(before after)}], [{ name => 'p' }, { name => 'q' }],
    'a partner\'s own too';
is $of[3]{after}{prefix}, $key->{keyPrefix}, 'a key has its prefix there';
unlike encode_json(\@of), qr/digest|\Q$key->{fullKey}\E/, 'and no secret';
is_deeply [map { $_->{action} } trail("entityId=$key->{id}")],
    ['created', 'changed'], 'by what was changed';
is_deeply [map { $_->{position} } trail('actor=op2')], [2], 'by who did it';
is_deeply [map { $_->{position} } trail('resource=keys')], [4, 5],
    'by its kind';
is_deeply [map { $_->{position} } trail('after=3')], [4, 5],
    'from a position on';

sql("UPDATE partner.partners SET name = 'by hand' WHERE id = '$partner'");
sql("UPDATE partner.partners SET name = name WHERE id = '$partner'");
chained('by hand');
is_deeply [map { $_->{actor} } trail('after=5')], ['postgres'],
    'who is no caller has a name too, and no change is none';

# Only a change writes here.
is sql("SELECT string_agg(r || ' ' || t || ' ' || p, ', ' ORDER BY r, t, p)
    FROM unnest(ARRAY['partner_serve', 'partner_work']) AS r,
         unnest(ARRAY['audit', 'audit_head']) AS t,
         unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS p
    WHERE has_table_privilege(r, 'partner.' || t, p)"), '',
    'partnerd\'s roles may not, nor remove anything';
is sql("SELECT string_agg(r || ' ' || a.attname, ', ' ORDER BY r, a.attname)
    FROM unnest(ARRAY['partner_serve', 'partner_work']) AS r, pg_attribute a
    WHERE a.attrelid = 'partner.audit'::regclass AND a.attnum > 0
    AND has_column_privilege(r, a.attrelid, a.attname, 'UPDATE')"),
    'partner_work hash, partner_work position', 'its job chains it alone';

# ---- late commits ----

# A row with a lower number that commits after others were chained.
my $pid = open(my $late, '|-', Partner::Postgres::programs() . '/psql',
    '-Xq', '-d', $postgres->conninfo, '-o', '/dev/null')
    // die "psql: $!";
$late->autoflush(1);
print $late "BEGIN; UPDATE partner.partners SET name = 'late'
    WHERE id = '$partner';\n";
soon { sql("SELECT count(*) FROM pg_stat_activity WHERE state =
    'idle in transaction'") == 1 } 'a change that is not committed yet';
call('POST', '/api/partners', { partnerName => "n$_", partnerType => 'Data' })
    for 1 .. 30;
chained('others meanwhile');
my $before = sql('SELECT position FROM partner.audit_head');
print $late "COMMIT;\n";
close($late);
soon { sql('SELECT position FROM partner.audit_head') > $before }
    'the late one is chained';
is sql("SELECT id < (SELECT max(id) FROM partner.audit) FROM partner.audit
    ORDER BY position DESC LIMIT 1"), 't', 'behind those with higher numbers';
is sql('SELECT count(*) = max(position) FROM partner.audit'), 't',
    'without a gap';
like sound('late'), qr/^37 changes.* up to 37$/, 'all of it';

# ---- the published head ----

my $end = call('GET', '/api/audit/head')->json->{data};
soon { (published()->{position} // 0) == $end->{position} }
    'the head is published';
is_deeply published(), $end, 'as the API has it';

# ---- each of these is found ----

sub tampered {
    my ($name, $how, $back, $finding) = @_;

    sql($how);
    my ($status, undef, $said) = check();
    isnt $status, 0, "$name: found";
    like $said, $finding, "$name: named";
    sql($back);
    sound("$name, mended");
}


$p->{work}->stop;
sql('DROP INDEX partner.audit_position');
sql('CREATE TABLE kept AS SELECT * FROM partner.audit');
my $put_back = 'DELETE FROM partner.audit; INSERT INTO partner.audit
    OVERRIDING SYSTEM VALUE SELECT * FROM kept';

tampered('a row edited', "UPDATE partner.audit SET after = '{\"status\":
    \"Suspended\"}' WHERE position = 2", $put_back,
    qr/position 2 was changed or moved: row \d+, changed of partners $partner/);
tampered('whose change it was', "UPDATE partner.audit SET actor = 'op2'
    WHERE position = 1", $put_back, qr/position 1 was changed/);
tampered('nothing instead of something', 'UPDATE partner.audit SET
    before = NULL WHERE position = 2', $put_back, qr/position 2 was changed/);
tampered('a text that moves to its neighbour', "UPDATE partner.audit SET
    tenant = tenant || actor, actor = '' WHERE position = 1", $put_back,
    qr/position 1 was changed/);
tampered('a hash edited', "UPDATE partner.audit SET hash =
    decode(repeat('ab', 32), 'hex') WHERE position = 20", $put_back,
    qr/position 20 was changed/);
tampered('a row removed', 'DELETE FROM partner.audit WHERE position = 9',
    $put_back, qr/position 9 was removed/);
tampered('the first row removed', 'DELETE FROM partner.audit WHERE
    position = 1', $put_back, qr/position 1 was removed/);
tampered('a row removed and the rest moved up', 'DELETE FROM partner.audit
    WHERE position = 9; UPDATE partner.audit SET position = position - 1
    WHERE position > 9', $put_back, qr/position 9 was changed or moved/);
tampered('two rows swapped', 'UPDATE partner.audit SET position =
    13 - position WHERE position IN (6, 7)', $put_back,
    qr/position 6 was changed or moved/);
tampered('the tail cut', 'DELETE FROM partner.audit WHERE position > 30',
    $put_back, qr/the tail was cut: the trail ends at 30, 37 was published/);
tampered('all removed', 'DELETE FROM partner.audit', $put_back,
    qr/the tail was cut: the trail ends at 0/);

# A chain that is written anew is sound in itself, and not the published one.
my $published = $t->read_file($head);
my $other = $published =~ s/"hash": "\K../ff/r;
$other = $published =~ s/"hash": "\K../00/r if $other eq $published;
$t->write_file('audit.head', $other);
like((check())[2], qr/up to position 37 is not the one that was published/,
    'another chain: found');
$t->write_file('audit.head', '{"position": 1}');
like((check())[2], qr/is no head/, 'a published head that is none: found');
unlink($head);
like((check())[2], qr/audit\.head is missing/, 'no published head: found');
like(($p->run('check', 'audit', '--audit-head', ''))[2],
    qr/--audit-head must name/, 'nor one named');

# ---- a cut that the next changes would hide ----

$t->write_file('audit.head', $published);
sql("DELETE FROM partner.audit WHERE position > 30;
    UPDATE partner.audit_head SET position = 30, hash =
    (SELECT hash FROM partner.audit WHERE position = 30)");
call('POST', '/api/partners', { partnerName => "n$_", partnerType => 'Data' })
    for 1 .. 10;
$p->work;
chained('on top of a cut trail');
soon { $t->read_file("$p->{dir}/work.log") =~
    /not the one whose end was published/ }
    'the worker says so';
is $t->read_file($head), $published, 'and publishes nothing on top of it';
like((check())[2], qr/up to position 37 is not the one/, 'found still');

done_testing;
