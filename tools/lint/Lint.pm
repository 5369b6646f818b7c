package Lint;

# What the checks share: which files are ours, and how a finding is told.

use strict;
use warnings;

use Exporter qw(import);
use File::Find ();

our @EXPORT = qw(files found finish read_file);

my @folders = qw(libpartner ngx_partner_module upstream-services
    lua-free-tests t tools bench conf docs .ci);
my $count = 0;


# Paths below the directory, of our folders and its own files, that match.
sub files {
    my ($top, $pattern) = @_;
    my @found = grep { -f "$top/$_" && $_ =~ $pattern } _plain($top);

    File::Find::find({
        no_chdir => 1,
        wanted => sub {
            # Corpora are foreign bytes.
            $File::Find::prune = 1 if m{/corpus$};
            my $path = substr($_, length($top) + 1);
            push @found, $path if -f $_ && $path =~ $pattern;
        }
    }, $_) for grep { -d } map { "$top/$_" } @folders;

    return sort @found;
}


sub _plain {
    my ($top) = @_;

    opendir(my $dir, $top) or die "$top: $!\n";
    return grep { !/^\.git$/ } readdir $dir;
}


sub read_file {
    my ($file) = @_;

    open(my $fh, '<:encoding(UTF-8)', $file) or return;
    local $/;
    return <$fh> // '';
}


sub found {
    my ($where, $what) = @_;

    print "$where: $what\n";
    $count++;
}


sub finish { exit($count ? 1 : 0) }


1;
