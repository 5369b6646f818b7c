package Bench::Pgbench;

# A named statement of partnerd under pgbench: the same unit, caller's identity
# and statement in one pipeline, prepared, with parameters and settings as
# partnerd has them.  The caller is the API's, since who is not known costs more
# to look for.

use strict;
use warnings;

# As serve.c sets its sessions up: all, and those that read a row or a page.
my $settings = '-c search_path=partner -c role=partner_serve -c timezone=UTC '
    . '-c statement_timeout=4s -c lock_timeout=2s';
my $reading = '-c plan_cache_mode=force_generic_plan -c jit=off '
    . '-c enable_sort=off -c enable_seqscan=off -c enable_bitmapscan=off';


# The text of a statement, as sql/queries has it.
sub _text {
    my ($top, $name) = @_;
    my ($resource) = split /\./, $name;
    my $file = "$top/upstream-services/sql/queries/$resource.sql";

    open(my $fh, '<', $file) or die "$file: $!\n";
    my $text = do { local $/; <$fh> };

    return $text =~ /^-- name: \Q$name\E\n(.*?);$/ms ? $1
        : die "$file: no $name\n";
}


# pgbench on a statement; a value is text, a reference is SQL, and what is not
# named is NULL.
sub _argv {
    my ($place, $name, $given, @how) = @_;

    my (%variable, @define);
    my $values = { %$given, 'identity.partner' => $place->partner,
        'identity.tenant' => $place->partner };
    my $sql = _text($place->top, $name);
    $sql =~ s{(?<!:):([a-z]+\.[A-Za-z0-9]+)}{
        my $value = $values->{$1};
        if (ref $value) {
            $$value;
        } elsif (defined $value) {
            my $v = $variable{$1} //= 'v' . keys %variable;
            ":$v";
        } else {
            'NULL';
        }
    }ge;

    push @define, '-D', "$variable{$_}=$values->{$_}" for sort keys %variable;
    my %identity = (tenant => $place->partner, client => $place->client,
        scopes => 'read:* write:* manage:*', request => '0' x 32);
    push @define, '-D', "$_=$identity{$_}" for sort keys %identity;
    $sql =~ s/^\s*--.*\n//mg;

    my $file = $place->file('pgbench.sql', join("\n", '\startpipeline',
        'SELECT WHERE ' . join(' AND ', map {
            "set_config('partner.$_', :$_, true) IS NOT NULL" }
            qw(tenant client scopes request)) . ';', "$sql;",
        '\endpipeline', ''));

    return (Partner::Postgres::programs() . '/pgbench', '-n', '-M', 'prepared',
        @how, '-f', $file, @define, $place->conninfo);
}


# What pgbench says.  Where a client gave up, the mistake of PostgreSQL is what
# it says, not that there were no transactions.
sub _said {
    my ($name, @argv) = @_;

    local $ENV{PGOPTIONS} = $settings;
    $ENV{PGOPTIONS} .= " $reading" if $name =~ /\.(?:get|list)$/;
    my $pid = open(my $fh, '-|') // die "fork: $!\n";

    if ($pid == 0) {
        open(STDERR, '>&', \*STDOUT);
        exec(@argv) or exit 127;
    }

    my $said = do { local $/; <$fh> };
    close($fh) or die "pgbench failed: $said\n";

    return $said;
}


# The statement once, as a cell runs it; dies with what is wrong with it.
sub once {
    my ($place, $name, $values) = @_;
    my $said = _said($name, _argv($place, $name, $values, '-c', 1, '-t', 1));

    return $said =~ m{actually processed: 1/1$}m ? 1 : die "$name: $said\n";
}


# Calls a second of so many clients, and microseconds of processor that each
# takes.
sub cell {
    my ($place, $name, $values, $seconds, $clients) = @_;
    my ($rate, $n);
    my @argv = _argv($place, $name, $values, '-c', $clients, '-j', 1, '-T',
        $seconds);

    my %spent = $place->spend(sub {
        my $said = _said($name, @argv);

        ($n) = $said =~ /^number of transactions .*: (\d+)/m;
        ($rate) = $said =~ /^tps = ([\d.]+)/m;
        return $n && $rate ? $n : die "$name: $said\n";
    });

    return { rate => $rate, %spent{qw(client postgres)} };
}


1;
