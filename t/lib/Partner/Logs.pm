package Partner::Logs;

# The judge of what a test left behind in its logs.

use strict;
use warnings;

use File::Find ();

my $credential = qr/sk_[0-9A-Za-z]{20,}
                   |eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}/x;

my $sanitizer = qr/(?:Address|Leak|Thread|UndefinedBehavior)Sanitizer
                  |:\ runtime\ error:
                  |^==\d+==\ \S/x; # valgrind, which is silent otherwise

# At debug level nginx itself prints each header that it reads or writes.
# What others print is ours to answer for.
my $stock = qr/\*\d+\ (?:http2?\ header|http\ proxy\ header
              |http2\ table\ add|http\ script\ (?:copy|var))/x;

my $stamp = qr{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[};


# Returns one line of text for each thing that must not be there.  `expected`
# maps alert, emerg and sanitizer to lists of patterns that are allowed.
sub judge {
    my ($dir, $expected) = @_;
    my @problems;

    for my $file (files($dir)) {
        open(my $fh, '<', $file) or next;
        (my $name = $file) =~ s{^\Q$dir\E/}{};
        my $is_stock = 0;

        while (my $line = <$fh>) {
            chomp $line;

            # A record may have several lines; only its first has a stamp.
            $is_stock = $line =~ $stock if $line =~ $stamp;

            my $kind = _kind($line, $is_stock) or next;
            next if grep { $line =~ $_ } @{$expected->{$kind} || []};

            push @problems, "$kind: $name:$.: " . _clean($line);
        }
    }

    return @problems;
}


# Every log below the directory, and every file a sanitizer wrote.
sub files {
    my ($dir) = @_;
    my @found;

    File::Find::find({
        no_chdir => 1,
        wanted => sub {
            push @found, $_ if -f $_ && m{\.log$|/sanitizer/[^/]+$};
        }
    }, $dir);

    return sort @found;
}


sub _kind {
    my ($line, $is_stock) = @_;

    return 'alert' if $line =~ /\[alert\]/;
    return 'emerg' if $line =~ /\[emerg\]/;
    return 'sanitizer' if $line =~ $sanitizer;
    return 'credential' if !$is_stock && $line =~ $credential;
    return;
}


# The report must not leak what it complains about.
sub _clean {
    my ($line) = @_;
    $line =~ s/($credential)/substr($1, 0, 8) . '...'/ge;
    return substr($line, 0, 400);
}


1;
