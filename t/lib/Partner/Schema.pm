package Partner::Schema;

# Holds decoded JSON against the schemas of an OpenAPI document.  Like partnerd
# it knows the keywords of the platform's contract and no others: what it does
# not understand ends the test.  Its patterns are plain enough for Perl.

use strict;
use warnings;

use B ();
use Carp qw(croak);
use JSON::PP ();

my $json = JSON::PP->new->allow_nonref->canonical;
my $day = qr/[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])/;

my %is = (
    null => sub { !defined $_[0] },
    boolean => sub { JSON::PP::is_bool($_[0]) },
    object => sub { ref $_[0] eq 'HASH' },
    array => sub { ref $_[0] eq 'ARRAY' },
    string => \&_string,
    number => \&_number,
    integer => \&_integer,
);

# As answers have them.
my %format = (
    text => qr/\S|\A\z/,
    'uuid' => qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\z/,
    'date' => qr/^$day\z/,
    'date-time' => qr/^${day}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}
        (?:\.[0-9]{1,9})?(?:Z|\+00:00)\z/x,
    'email' => qr/^[^@\s]+@[^@\s]+\.[^@\s]+\z/,
    'cidr' => qr{^[0-9a-f.:]+/[0-9]{1,3}\z},
    'tier' => qr/^(?:basic|silver|gold)\z/,
);


sub new {
    my ($class, $document) = @_;
    return bless { document => $document }, $class;
}


# As JSON::PP tells them apart: a number was never used as a string.
sub _number {
    my ($value) = @_;
    return 0 if !defined $value || ref $value;
    my $flags = B::svref_2object(\$value)->FLAGS;
    return $flags & (B::SVp_IOK | B::SVp_NOK) && !($flags & B::SVp_POK);
}


# Looks at a copy, which is a string from then on.
sub _integer {
    my ($value) = @_;
    return _number($value) && $value =~ /^-?[0-9]+\z/;
}


sub _string {
    my ($value) = @_;
    return defined $value && !ref $value && !_number($value);
}


sub resolve {
    my ($self, $schema) = @_;

    while (ref $schema eq 'HASH' && exists $schema->{'$ref'}) {
        my $ref = $schema->{'$ref'};
        croak "$ref: what stands beside it is not heeded" if keys %$schema > 1;
        my ($file, @path) = split(/\//, $ref);
        $schema = $self->{document};
        $schema = $file eq '#' && ref $schema eq 'HASH' ? $schema->{$_} : undef
            for @path;
        croak "$ref leads nowhere" unless defined $schema;
    }

    return $schema;
}


# The keywords: each has what a value does not keep to.  Those without one
# explain, and do not constrain.
my %keyword = (
    enum => sub {
        my ($self, $values, $value) = @_;
        my $text = $json->encode($value);
        return (grep { $json->encode($_) eq $text } @$values) ? ()
            : 'is none of its values';
    },
    format => sub {
        my ($self, $name, $value) = @_;
        my $pattern = $format{$name} // croak "format '$name' is not known";
        return _string($value) && $value !~ $pattern ? "is no $name" : ();
    },
    pattern => sub {
        my ($self, $pattern, $value) = @_;
        $pattern =~ s/(?<!\\)\$\z/\\z/;
        return _string($value) && $value !~ /$pattern/ ? 'has another form'
            : ();
    },
    minLength => bound(\&_string, sub { length $_[0] }, -1),
    maxLength => bound(\&_string, sub { length $_[0] }, 1),
    minimum => bound(\&_number, sub { $_[0] + 0 }, -1),
    maximum => bound(\&_number, sub { $_[0] + 0 }, 1),
    minItems => bound($is{array}, sub { scalar @{$_[0]} }, -1),
    maxItems => bound($is{array}, sub { scalar @{$_[0]} }, 1),
    uniqueItems => sub {
        my ($self, $unique, $value) = @_;
        return unless $unique && $is{array}->($value);
        my %seen;
        return (grep { $seen{$json->encode($_)}++ } @$value)
            ? 'has an item twice' : ();
    },
    required => sub {
        my ($self, $names, $value) = @_;
        return unless $is{object}->($value);
        return map { "lacks $_" } grep { !exists $value->{$_} } @$names;
    },
    additionalProperties => sub {
        my ($self, $open, $value, $schema) = @_;
        croak 'additionalProperties is no boolean'
            unless JSON::PP::is_bool($open);
        return if $open || !$is{object}->($value);
        return map { "has $_, which is not known" }
            grep { !exists $schema->{properties}{$_} } sort keys %$value;
    },
    (map { ($_ => undef) } qw(type items properties default description
        example x-pii)),
);


# What is beyond a bound, below it (-1) or above (1), where it is measured.
sub bound {
    my ($applies, $measure, $beyond) = @_;

    return sub {
        my ($self, $limit, $value) = @_;
        return $applies->($value)
            && ($measure->($value) <=> $limit) == $beyond
            ? 'is ' . ($beyond < 0 ? 'below' : 'above') . " $limit" : ();
    };
}


# What is wrong, each with its JSON pointer.
sub mistakes {
    my ($self, $schema, $value, $where) = @_;

    $schema = $self->resolve($schema);
    $where //= '';
    croak "$where: what is no object is no schema" if ref $schema ne 'HASH';

    my ($unknown) = grep { !exists $keyword{$_} } sort keys %$schema;
    croak "$where: the keyword '$unknown' is not known" if defined $unknown;

    my @types = ref $schema->{type} ? @{$schema->{type}}
        : defined $schema->{type} ? ($schema->{type}) : ();
    my ($odd) = grep { !$is{$_} } @types;
    croak "$where: the type '$odd' is not known" if defined $odd;
    return "$where: is no @types"
        if @types && !grep { $is{$_}->($value) } @types;

    return ((map { my $name = $_; map { "$where: $_" } $keyword{$name}->(
            $self, $schema->{$name}, $value, $schema) }
            grep { $keyword{$_} } sort keys %$schema),
        $self->_within($schema, $value, $where));
}


# What is wrong with its members and items.
sub _within {
    my ($self, $schema, $value, $where) = @_;

    if (ref $value eq 'HASH') {
        my $known = $schema->{properties} || {};
        return map { $self->mistakes($known->{$_}, $value->{$_}, "$where/$_") }
            grep { exists $known->{$_} } sort keys %$value;
    }

    return unless ref $value eq 'ARRAY' && exists $schema->{items};
    return map { $self->mistakes($schema->{items}, $value->[$_], "$where/$_") }
        0 .. $#$value;
}


1;
