package Partner::Schema;

# Holds decoded JSON against the schemas of an OpenAPI document: the keywords
# that the platform's contract uses.  Its patterns are plain enough for Perl.

use strict;
use warnings;

use JSON::PP ();

my %is = (
    null => sub { !defined $_[0] },
    boolean => sub { JSON::PP::is_bool($_[0]) },
    object => sub { ref $_[0] eq 'HASH' },
    array => sub { ref $_[0] eq 'ARRAY' },
    string => sub { defined $_[0] && !ref $_[0] && !_number($_[0]) },
    number => sub { defined $_[0] && !ref $_[0] && _number($_[0]) },
    integer => sub { defined $_[0] && !ref $_[0] && _number($_[0])
        && $_[0] =~ /^-?\d+$/ },
);

my %format = (
    'uuid' => qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'date' => qr/^\d{4}-\d\d-\d\d$/,
    'date-time' => qr/^\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)$/,
);


sub new {
    my ($class, $document) = @_;
    return bless { document => $document }, $class;
}


# As JSON::PP decoded it, a number was never used as a string.
sub _number {
    my ($value) = @_;
    return JSON::PP->new->allow_nonref->encode($value) !~ /^"/;
}


sub resolve {
    my ($self, $schema) = @_;

    while (ref $schema && $schema->{'$ref'}) {
        my (undef, @path) = split(/\//, $schema->{'$ref'});
        $schema = $self->{document};
        $schema = $schema->{$_} for @path;
    }

    return $schema;
}


# What is wrong, each with its JSON pointer.
sub mistakes {
    my ($self, $schema, $value, $where) = @_;

    $schema = $self->resolve($schema);
    $where //= '';

    my @types = ref $schema->{type} ? @{$schema->{type}}
        : $schema->{type} ? ($schema->{type}) : ();
    return "$where: is no @types" if @types && !grep { $is{$_}->($value) }
        @types;
    return "$where: is none of its values" if $schema->{enum}
        && !grep { ($_ // '') eq ($value // '') } @{$schema->{enum}};

    return ref $value eq 'HASH' ? $self->_members($schema, $value, $where)
        : ref $value eq 'ARRAY' ? $self->_items($schema, $value, $where)
        : _text($schema, $value, $where);
}


# Each bound that a value may break, by what it bounds.
my %bound = (
    minimum => sub { _number($_[1]) && $_[1] < $_[0] },
    maximum => sub { _number($_[1]) && $_[1] > $_[0] },
    minLength => sub { !_number($_[1]) && length $_[1] < $_[0] },
    maxLength => sub { !_number($_[1]) && length $_[1] > $_[0] },
    pattern => sub { !_number($_[1]) && $_[1] !~ /$_[0]/ },
    format => sub { $format{$_[0]} && $_[1] !~ $format{$_[0]} },
);


sub _text {
    my ($schema, $value, $where) = @_;

    return if !defined $value || JSON::PP::is_bool($value);

    return map { "$where: breaks $_ $schema->{$_}" }
        grep { exists $schema->{$_} && $bound{$_}->($schema->{$_}, $value) }
        sort keys %bound;
}


sub _items {
    my ($self, $schema, $value, $where) = @_;
    my ($least, $most) = @$schema{qw(minItems maxItems)};

    return ((defined $least && @$value < $least ? "$where: too few" : ()),
        (defined $most && @$value > $most ? "$where: too many" : ()),
        map { $self->mistakes($schema->{items} || {}, $value->[$_],
            "$where/$_") } 0 .. $#$value);
}


sub _members {
    my ($self, $schema, $value, $where) = @_;
    my $known = $schema->{properties} || {};
    my @wrong = map { "$where/$_: is missing" }
        grep { !exists $value->{$_} } @{$schema->{required} || []};

    for my $name (sort keys %$value) {
        if ($known->{$name}) {
            push @wrong, $self->mistakes($known->{$name}, $value->{$name},
                "$where/$name");
        } elsif (exists $schema->{additionalProperties}) {
            push @wrong, "$where/$name: is not known";
        }
    }

    return @wrong;
}


1;
