package Partner::Partnerd;

# partnerd as the tests need it: migrated, serving on a Unix socket, and a
# worker beside it.

use strict;
use warnings;

use Carp qw(croak);
use JSON::PP ();

use Partner::Http;
use Partner::Process;
use Partner::Schema;


# `binary`, `dir`, and the `environment` that names its database and so on;
# `under` is a command that runs the binary, such as valgrind.
sub new {
    my ($class, %o) = @_;

    my $dir = $o{dir};
    mkdir($dir) or croak "$dir: $!" unless -d $dir;

    my $self = bless { %o, socket => "$dir/partnerd.sock" }, $class;
    $self->{environment}{PARTNERD_LISTEN} = "unix:$self->{socket}";
    $self->{environment}{PARTNERD_REPORT_KEY} = report_key("$dir/report.pem");

    return $self;
}


# Makes a key for reports and puts it before those that the file has.
sub report_key {
    my ($path, $algorithm) = @_;

    my $former = -e $path ? do { local (@ARGV, $/) = $path; <> } : '';
    my @kind = $algorithm ? ($algorithm)
        : qw(EC -pkeyopt ec_paramgen_curve:P-256);
    my $key = `openssl genpkey -algorithm @kind 2>$path.log`;
    croak "openssl genpkey: status $?" if $?;

    open(my $fh, '>', $path) or croak "$path: $!";
    chmod(0600, $path);
    print $fh $key, $former;
    close($fh) or croak "$path: $!";

    return $path;
}


sub socket { $_[0]{socket} }


# Runs a verb to its end: (exit status, standard output, the rest).
sub run {
    my ($self, @words) = @_;

    my $log = "$self->{dir}/run.$words[0].log";
    my $quoted = join(' ', map { "'$_'" } $self->{binary}, @words);

    local %ENV = (%ENV, %{$self->{environment}});
    my $out = `$quoted 2>$log </dev/null`;
    my $status = $? >> 8 || $? & 127;

    return ($status, $out, Partner::Process::tail($log, 1000));
}


sub migrate {
    my ($self) = @_;

    my ($status, $out, $said) = $self->run('migrate');
    croak "partnerd migrate: status $status\n$out$said" if $status;

    return $self;
}


# A new operator's key, of a role.
sub operator_key {
    my ($self, $role) = @_;

    my ($status, $out, $said) = $self->run('operator-key', '--role', $role);
    croak "partnerd operator-key: status $status\n$said" if $status;

    my ($key) = $out =~ /(sk_[0-9A-Za-z]+)/
        or croak 'partnerd operator-key printed no key';

    return $key;
}


sub admin_key { return $_[0]->operator_key('admin') }


sub serve {
    my ($self, @options) = @_;

    unlink($self->{socket});
    $self->{serve} = $self->_start('serve', @options);

    $self->{serve}->wait_ready(sub { $self->_answers });

    # Workers of nginx run as somebody else when root runs the tests.
    chmod(0777, $self->{socket});

    return $self->{serve};
}


sub _answers {
    my ($self) = @_;
    return eval { Partner::Http::once($self->{socket}, 'GET',
        '/api/health')->status == 200 };
}


sub work {
    my ($self, @options) = @_;
    return $self->{work} = $self->_start('work', @options);
}


sub _start {
    my ($self, $verb, @options) = @_;

    return Partner::Process->start(
        name => "partnerd $verb", dir => $self->{dir},
        log => "$self->{dir}/$verb.log", env => $self->{environment},
        argv => [@{$self->{under} || []}, $self->{binary}, $verb, @options]
    );
}


# One call straight to the socket, as the gateway would make it; `as` is the
# identity: partner, app, client, tier, scopes.
sub request {
    my ($self, $method, $uri, %o) = @_;

    my %as = (partner => 'platform', client => 'test', scopes => 'admin',
        %{$o{as} || {}});
    my %headers = map { 'X-Partner-' . ucfirst($_) => $as{$_} }
        grep { defined $as{$_} } keys %as;

    $headers{'X-Partner-Id'} = delete $headers{'X-Partner-Partner'};
    $headers{'Content-Type'} = 'application/json' if defined $o{body};

    my $r = Partner::Http::once($self->{socket}, $method, $uri, %o,
        headers => { %headers, %{$o{headers} || {}} });
    $self->_declared($method, $uri, $r);

    return $r;
}


# The same with a body of data, which may be missing.
sub call {
    my ($self, $method, $uri, $body, %as) = @_;
    return $self->request($method, $uri, as => \%as,
        defined $body ? (body => JSON::PP::encode_json($body)) : ());
}


# What a POST answers with; it has to succeed.
sub made {
    my ($self, $uri, $body) = @_;
    my $r = $self->call('POST', $uri, $body);
    croak "POST $uri: " . $r->body unless $r->status =~ /^20/;
    return $r->json->{data};
}


# The id of a new partner, active, and as `more` says.
sub partner {
    my ($self, %more) = @_;
    my $id = $self->made('/api/partners', { partnerName => 'p',
        partnerType => 'Data', %more })->{id};
    $self->made("/api/partners/$id/activate");
    return $id;
}


# A new key of a partner, with its `fullKey`.
sub key {
    my ($self, $partner, %more) = @_;
    return $self->made('/api/keys', { partnerId => $partner,
        scopes => ['read:*'], %more });
}


# Whatever a test asks for, the answer is as the contract has it: of a refusal
# the code is one that the operation declares, all else keeps to its schema.
sub _declared {
    my ($self, $method, $uri, $r) = @_;

    return if $method eq 'HEAD'
        || ($r->header('Content-Type') // '') !~ m{^application/(\S*)json};

    my ($path) = $uri =~ /^([^?]*)/;
    my $op = $self->_operation(lc $method, $path)
        or return;
    my $answer = $self->{schema}->resolve($op->{responses}{$r->status}
        || $op->{responses}{default});
    my ($media) = values %{$answer->{content}};
    my @wrong = $self->{schema}->mistakes($media->{schema}, $r->json);

    push @wrong, $r->code . ' is not among its x-errors'
        if $r->status >= 400 && !grep { $_ eq $r->code } @{$op->{'x-errors'}};
    croak "$method $path: " . $r->status . " of $op->{operationId}: "
        . join('; ', @wrong) . "\n" . $r->body if @wrong;
}


# As partnerd finds it: a fixed segment goes before a parameter.
sub _operation {
    my ($self, $method, $path) = @_;

    $self->_contract unless $self->{operations};
    my ($found) = grep { $path =~ $_->[0] } @{$self->{operations}};

    return $found && $found->[1]{$method};
}


# The contract that was served first; another one's operations are its own.
sub _contract {
    my ($self) = @_;

    my $document = Partner::Http::once($self->{socket}, 'GET',
        '/api/openapi.json')->json;
    my $paths = $document->{paths};

    $self->{schema} = Partner::Schema->new($document);
    $self->{operations} = [map {
        my $pattern = join('[^/]+', map { quotemeta } split(/\{\w+\}/, $_, -1));
        [qr/^$pattern\z/, $paths->{$_}];
    } sort { $a =~ tr/{// <=> $b =~ tr/{// } keys %$paths];
}


1;
