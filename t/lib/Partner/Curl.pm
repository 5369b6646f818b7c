package Partner::Curl;

# What needs TLS or HTTP/2 goes through curl.

use strict;
use warnings;

use Carp qw(croak);

use Partner::Http::Response;


# Returns (response, curl's exit status); no response when there was none.
# The dechunked body and the headers come separately, so they are put together
# as the parser of plain responses expects them.
sub call {
    my ($dir, @arguments) = @_;

    my $head = "$dir/curl.$$.head";
    my @argv = ('curl', '--silent', '--max-time', 60, '--noproxy', '*',
        '--dump-header', $head, @arguments);

    open(my $pipe, '-|', @argv) or croak "curl: $!";
    binmode($pipe);
    my $body = do { local $/; <$pipe> } // '';
    close($pipe);
    my $status = $? >> 8;

    open(my $fh, '<', $head) or return (undef, $status);
    my $text = do { local $/; <$fh> } // '';
    unlink($head);

    # Interim and redirected answers come first; the last one counts.
    my ($last) = $text =~ /(HTTP\/[^\n]*\n(?:(?!HTTP\/)[^\n]+\n)*?\r?\n)\z/
        or return (undef, $status);

    return (Partner::Http::Response->of($last, $body), $status);
}


1;
