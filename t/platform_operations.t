#!/usr/bin/perl

# Every operation of the contract, called well and in each wrong way: its
# answers are as its schemas say, and nobody reads or changes what is another's.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use JSON::PP;
use Partner::Schema;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $json = JSON::PP->new->utf8->canonical;
my $document = $p->request('GET', '/api/openapi.json',
    as => { partner => undef })->json;
my $schema = Partner::Schema->new($document);
my $nobody = '00000000-0000-4000-8000-000000000000';
my $n = 0;


sub call {
    my ($method, $uri, $body, %o) = @_;
    return $p->request($method, $uri, %o, defined $body
        ? (body => ref $body ? $json->encode($body) : $body) : ());
}


sub made {
    my ($method, $uri, $body) = @_;
    my $r = call($method, $uri, $body);
    die "$method $uri: " . $r->body . "\n" if $r->status >= 300;
    return $r->json->{data};
}


# Everything that a partner can have, whose texts bear its mark.
sub tenant {
    my ($mark) = @_;
    my %id = (mark => $mark);

    $id{partnerId} = made('POST', '/api/partners', { partnerName => $mark,
        partnerType => 'Data', tier => 'gold' })->{id};
    $id{keyId} = made('POST', '/api/keys', { partnerId => $id{partnerId},
        name => $mark, scopes => ['read:*'] })->{id};
    $id{clientId} = made('POST', '/api/clients', { name => $mark,
        clientId => $mark . ++$n, scopes => ['read:*'],
        partnerId => $id{partnerId} })->{id};
    $id{applicationId} = application(\%id);
    $id{contactId} = contact(\%id);
    $id{agreementId} = made('POST',
        "/api/partners/$id{partnerId}/agreements", {
        agreementType => 'Revenue Share', terms => { text => $mark },
        effectiveDate => '2020-01-01' })->{id};
    $id{erasureId} = made('POST', '/api/erasures', {
        subjectId => contact(\%id), reason => $mark })->{id};
    $id{position} = chained($id{partnerId});
    call('POST', '/api/keys', { partnerId => $id{partnerId},
        scopes => ['read:leads'] }, as => { partner => $id{partnerId},
        scopes => 'manage:keys read:*' }, headers => { 'Idempotency-Key' =>
        "of $mark" =~ s/ /-/r x 3 })->status == 201 or die "no kept answer\n";
    $p->{postgres}->query("INSERT INTO partner.usage_counters (incarnation,
        hour, partner, application, operation, outcome, calls, request_bytes,
        response_bytes, upstream_us) VALUES ('$mark', date_trunc('hour', now()),
        '$id{partnerId}', '-', '-', 'ok', 7, 7, 7, 7)");
    $id{revocationId} = made('POST', '/api/revocations', {
        type => 'client', subject => $mark })->{id};

    return \%id;
}


sub contact {
    my ($id) = @_;
    return made('POST', "/api/partners/$id->{partnerId}/contacts", {
        contactName => $id->{mark}, role => 'Legal',
        email => "$id->{mark}\@x.example" })->{id};
}


# Where the audit trail has its first change of an entity.
sub chained {
    my ($entity) = @_;
    my $found;

    Partner::Process::wait_until(sub {
        ($found) = @{call('GET', "/api/audit?entityId=$entity")
            ->json->{data}};
        return $found;
    }) or die "nothing of $entity is chained\n";

    return $found->{position};
}


sub application {
    my ($id) = @_;
    return made('POST', '/api/applications', { partnerId => $id->{partnerId},
        appName => "$id->{mark} " . ++$n, permissions => ['read:leads'],
        privacyPolicyUrl => 'https://x.example/', securityInfo => {
            certifications => [{ name => 'x', expiresOn => '2099-01-01' }] }
        })->{id};
}


# An application of the tenant that has been taken through these steps.
sub taken {
    my @steps = @_;

    return sub {
        my ($id) = @_;
        $id->{applicationId} = application($id);

        for my $step (@steps) {
            made($step eq 'approve' ? 'PUT' : 'POST',
                "/api/applications/$id->{applicationId}/$step",
                $step eq 'suspend' ? { reason => 'x' } : undef);
        }
    };
}


my $a = tenant('tenant-a');
my $b = tenant('tenant-b');

# What an operation needs before it can be called, and what its example lacks.
my %case = (
    'applications.approve' => { before => taken('submit') },
    'applications.create' => { body => sub { +{ appName => 'n' . ++$n,
        partnerId => $_[0]{partnerId} } } },
    'applications.delete' => { before => taken() },
    'applications.deprecate' => { before =>
        taken(qw(submit approve publish)) },
    'applications.get' => {},
    'applications.list' => {},
    'applications.publish' => { before => taken(qw(submit approve)) },
    'applications.reject' => { before => taken('submit') },
    'applications.resume' => { before => taken(qw(submit approve suspend)) },
    'applications.statistics' => {},
    'applications.submit' => { before => taken() },
    'applications.suspend' => { before => taken(qw(submit approve)) },
    'applications.update' => { before => taken(), body => sub {
        +{ appName => 'n' . ++$n } } },
    'applications.validate' => { before => taken('submit') },
    'audit.get' => {},
    'audit.head' => {},
    'audit.list' => {},
    'clients.activate' => { before => sub { made('POST',
        "/api/clients/$_[0]{clientId}/suspend") } },
    'clients.create' => { body => sub { +{ clientId => 'c' . ++$n,
        partnerId => $_[0]{partnerId} } } },
    'clients.get' => {},
    'clients.list' => {},
    'clients.revoke' => { before => sub { $_[0]{clientId} = made('POST',
        '/api/clients', { clientId => 'c' . ++$n, scopes => ['read:*'],
        partnerId => $_[0]{partnerId} })->{id} } },
    'clients.suspend' => {},
    'clients.update' => {},
    'erasures.create' => { body => sub { +{ subjectId =>
        contact($_[0]) } } },
    'erasures.get' => {},
    'erasures.list' => {},
    'keys.create' => { body => sub { +{ partnerId => $_[0]{partnerId} } } },
    'keys.get' => {},
    'keys.list' => {},
    'keys.revoke' => { before => \&another_key },
    'keys.rotate' => { before => \&another_key },
    'keys.setNetworks' => {},
    'keys.setRateLimit' => {},
    'keys.setScopes' => {},
    'partners.activate' => {},
    'partners.addContact' => { body => sub { +{ isPrimary =>
        JSON::PP::false } } },
    'partners.advance' => { before => \&another_partner },
    'partners.agreement' => {},
    'partners.agreements' => {},
    'partners.contact' => {},
    'partners.contacts' => {},
    'partners.create' => {},
    'partners.createAgreement' => {},
    'partners.deactivate' => { before => sub { another_partner($_[0]);
        made('POST', "/api/partners/$_[0]{partnerId}/activate") } },
    'partners.deleteContact' => { before => sub { $_[0]{contactId} =
        contact($_[0]) } },
    'partners.delete' => { before => \&another_partner },
    'partners.get' => {},
    'partners.list' => {},
    'partners.signAgreement' => { before => \&another_agreement },
    'partners.statistics' => {},
    'partners.suspend' => { before => \&another_partner },
    'partners.update' => {},
    'partners.updateAgreement' => { before => \&another_agreement },
    'partners.updateContact' => {},
    'partners.withdrawAgreement' => { before => \&another_agreement },
    'platform.contract' => {},
    'platform.health' => {},
    'platform.page' => {},
    'platform.ready' => {},
    'revocations.create' => {},
    'revocations.get' => {},
    'revocations.list' => {},
    'slo.fleet' => {},
    'slo.keys' => {},
    'slo.objectives' => {},
    'slo.partner' => {},
    'slo.promise' => {},
    'slo.report' => {},
    'usage.get' => {},
);


sub another_key {
    $_[0]{keyId} = made('POST', '/api/keys', { scopes => ['read:*'],
        partnerId => $_[0]{partnerId} })->{id};
}


sub another_agreement {
    $_[0]{agreementId} = made('POST',
        "/api/partners/$_[0]{partnerId}/agreements", {
        agreementType => 'Revenue Share', terms => { text => 'x' },
        effectiveDate => '2020-01-01' })->{id};
}


sub another_partner {
    $_[0]{partnerId} = made('POST', '/api/partners', { partnerName => 'x',
        partnerType => 'Data' })->{id};
}


# ---- the operations ----

my @operations;

for my $path (sort keys %{$document->{paths}}) {
    my $item = $document->{paths}{$path};

    push @operations, map { +{ %{$item->{$_}}, method => uc $_,
        path => $path } } sort grep { $_ ne 'parameters' } keys %$item;
}

is_deeply [sort map { $_->{operationId} } @operations], [sort keys %case],
    'each operation has a case, and each case an operation';


sub uri {
    my ($op, $id) = @_;
    (my $uri = $op->{path}) =~ s/\{(\w+)\}/$id->{$1} \/\/ die $1/ge;
    return $uri;
}


sub example {
    my ($op, $id) = @_;
    my $media = $op->{requestBody}{content}{'application/json'} or return;
    my $more = $case{$op->{operationId}}{body};

    return { %{$media->{example}}, $more ? %{$more->($id)} : () };
}


sub mistakes {
    my ($op, $r) = @_;
    my $answer = $op->{responses}{$r->status} || $op->{responses}{default};
    my ($type, $media) = %{$schema->resolve($answer)->{content}};

    return "the type is not $type" if $r->header('Content-Type') ne $type;
    return '' if $type !~ /json/;
    return $r->code . ' is not among its errors' if $r->status >= 400
        && !grep { $_ eq $r->code } @{$op->{'x-errors'}};
    return join('; ', $schema->mistakes($media->{schema}, $r->json));
}


# The answer has the status and code, and is as its schema says.
sub answers {
    my ($op, $r, $status, $code, $name) = @_;
    my $said = join(' ', $r->status, $r->status < 400 ? () : $r->code);
    my $wrong = mistakes($op, $r);

    is "$said $wrong", join(' ', $status, $code // ()) . ' ',
        "$op->{operationId}: $name" or diag $r->body;
}


# The scopes of a partner that may call it, if one may.
sub scopes {
    my ($op) = @_;
    my ($own) = grep { $_->{key}[0] ne 'admin' } @{$op->{security}};
    return join(' ', $own ? @{$own->{key}} : 'admin', 'read:*', 'write:*');
}


sub well {
    my ($op, $role) = @_;
    my %id = %$a;
    my $before = $case{$op->{operationId}}{before};
    my ($status) = sort grep { /^2/ } keys %{$op->{responses}};

    $before->(\%id) if $before;
    answers($op, call($op->{method}, uri($op, \%id),
        scalar example($op, \%id), as => { scopes => $role }), $status,
        undef, "good, $role");
}


# What the operators' roles may call, said here once more; an admin may all.
my @readers = grep { $_->{method} eq 'GET' } @operations;
my %may = (
    auditor => { map { $_->{operationId} => 1 } @readers },
    finance => { map { $_ => 1 } qw(partners.list partners.get
        partners.contact partners.contacts partners.agreement
        partners.agreements partners.createAgreement
        partners.updateAgreement partners.withdrawAgreement
        partners.statistics applications.statistics usage.get) },
    support => { (map { $_->{operationId} => 1 } grep {
        $_->{operationId} !~ /^(?:audit|erasures|partners\.agreement)/ }
        @readers), 'applications.validate' => 1,
        map { +"partners.${_}Contact" => 1 } qw(add update delete) },
);


sub by_role {
    my ($op, $role) = @_;
    return well($op, $role) if $may{$role}{$op->{operationId}};

    answers($op, call($op->{method}, uri($op, $a), scalar example($op, $a),
        as => { scopes => $role }), 403, 'insufficient_scope', "not for $role");
}


sub badly_asked {
    my ($op) = @_;
    my ($uri, $body) = (uri($op, $a), example($op, $a));

    if (@{$op->{security}}) {
        answers($op, call($op->{method}, $uri, $body, as => {
            partner => undef }), 401, 'missing_credential', 'no credential');
        answers($op, call($op->{method}, $uri, $body, as => {
            partner => $a->{partnerId}, scopes => 'read:nothing' }), 403,
            'insufficient_scope', 'a wrong scope');
    }

    answers($op, call($op->{method}, "$uri?nonsense=1", $body), 400,
        'invalid_parameter', 'a parameter that is not known');

    my %none = ((map { $_ => $nobody } keys %$a), position => 99_999_999);
    my %wrong = map { $_ => 'one' } keys %$a;
    return if $uri eq uri($op, \%none);

    answers($op, call($op->{method}, uri($op, \%none), $body), 404,
        'not_found', 'an id of nothing');
    answers($op, call($op->{method}, uri($op, \%wrong), $body), 400,
        'invalid_parameter', 'an id that is none');
}


sub bad_bodies {
    my ($op) = @_;
    my $uri = uri($op, $a);
    my $good = example($op, $a) or return;
    my $media = $op->{requestBody}{content}{'application/json'};
    my $shape = $schema->resolve($media->{schema});
    my $text = $json->encode($good);

    for my $case (
        $op->{requestBody}{required}
            ? ['', 422, 'invalid_body', 'no body'] : (),
        ['{', 400, 'malformed_json', 'no JSON'],
        ['[]', 422, 'invalid_body', 'no object'],
        [$text =~ s/^\{("\w+":)/{$1null,$1/r, 400, 'duplicate_member',
            'a member twice'],
        ['x' x (1024 * 1024 + 1), 413, 'payload_too_large', 'too much']) {
        my ($body, $status, $code, $name) = @$case;
        answers($op, call($op->{method}, $uri, $body), $status, $code, $name);
    }

    answers($op, call($op->{method}, $uri, $good, headers => {
        'Content-Type' => 'text/plain' }), 415, 'unsupported_media_type',
        'another type');

    for my $place (places($shape)) {
        my ($path, $s) = @$place;

        for my $case (wrong_here($s, value_at($shape, $good, $path))) {
            my ($name, $value, $below) = @$case;
            my $where = join('/', '', @$path, $below // ());
            next if $where eq '';
            my $r = call($op->{method}, $uri,
                changed_at($shape, $good, $path, $value));
            answers($op, $r, 422, 'invalid_body', "$where $name");
            like $r->json->{errors}[0]{pointer}, qr{^\Q$where\E(?:/|$)},
                'which is named';
        }
    }
}


# All places of a body, at any depth: the way there, and their schemas.
sub places {
    my ($shape, @path) = @_;
    my $s = $schema->resolve($shape);
    my $members = $s->{properties} || {};

    return ([[@path], $s],
        (map { places($members->{$_}, @path, $_) } sort keys %$members),
        $s->{items} ? places($s->{items}, @path, 0) : ());
}


# The least that keeps to a schema and has all its members.
sub sample {
    my $s = $schema->resolve($_[0]);
    my ($type) = ref $s->{type} ? @{$s->{type}} : $s->{type};
    my %text = (date => '2099-01-01', cidr => '10.0.0.0/8', uuid => $nobody);

    return $s->{enum}[0] if $s->{enum};
    return { map { $_ => sample($s->{properties}{$_}) }
        keys %{$s->{properties}} } if $type eq 'object';
    return [sample($s->{items})] if $type eq 'array';
    return $s->{minimum} // 0 if $type =~ /^(?:integer|number)$/;
    return $text{$s->{format} // ''} // 'x' x ($s->{minLength} // 1);
}


# The place itself in a copy of a body, made where the body lacks it.
sub place_in {
    my ($shape, $body, $path) = @_;
    my $place = \$json->decode($json->encode($body));
    my ($top, $s) = ($place, $schema->resolve($shape));

    for my $step (@$path) {
        $$place //= sample($s);
        $place = $s->{items} ? \$$place->[$step] : \$$place->{$step};
        $s = $schema->resolve($s->{items} || $s->{properties}{$step});
    }

    return ($top, $place, $s);
}


sub value_at {
    my (undef, $place, $s) = place_in(@_);
    return $$place // sample($s);
}


sub changed_at {
    my ($shape, $body, $path, $value) = @_;
    my ($top, $place) = place_in($shape, $body, $path);
    $$place = $value;
    return $$top;
}


# What is wrong in one place: its name, the value, and the member that it is
# about.
sub wrong_here {
    my ($s, $good) = @_;
    my %types = map { $_ => 1 } ref $s->{type} ? @{$s->{type}} : $s->{type};
    my @wrong = beyond($s);

    push @wrong, ['of a wrong type', [{ x => {} }]],
        ['of another', $types{string} ? 7 : 'x'];
    push @wrong, ['null', undef] unless $types{null};
    push @wrong, ['with a fraction', 1.5] if $types{integer};
    return @wrong unless ref $good eq 'HASH';

    push @wrong, ['a member unknown', { %$good, nonsense => 1 }, 'nonsense'];

    for my $name (@{$s->{required} || []}) {
        my %less = %$good;
        delete $less{$name};
        push @wrong, ['missing', \%less, $name];
    }

    return @wrong;
}


# One value for each thing that a schema asks for, that has all but this.
sub beyond {
    my ($shape) = @_;
    my $s = $schema->resolve($shape);
    my %of = (
        enum => sub { 'nonsense' },
        format => sub { $_[0] eq 'text' ? '  ' : 'nonsense' },
        pattern => sub { "\x{1}" },
        minLength => sub { 'x' x ($_[0] - 1) },
        maxLength => sub { 'x' x ($_[0] + 1) },
        minimum => sub { $_[0] - 1 },
        maximum => sub { $_[0] + 1 },
        minItems => sub { [] },
        maxItems => sub { [(undef) x ($_[0] + 1)] },
        uniqueItems => sub { [undef, undef] },
    );

    return map { ["beyond $_", $of{$_}->($s->{$_})] }
        grep { exists $s->{$_} && ($s->{$_} || $_ eq 'minimum') }
        sort keys %of;
}


sub bounds_of_parameters {
    my ($op) = @_;

    for my $parameter (map { $schema->resolve($_) }
        @{$op->{parameters} || []}) {
        next if $parameter->{in} ne 'query';

        my $name = $parameter->{name};
        my $s = $schema->resolve($parameter->{schema});

        for my $case (beyond($s), $s->{type} =~ /^(?:integer|boolean)$/
            ? ['of a wrong type', 'x'] : (), ['twice', 'x', 'x']) {
            my ($wrong, @values) = @$case;
            my $query = join('&', map { "$name="
                . s/([^\w-])/sprintf('%%%02x', ord $1)/ger } @values);
            my $r = call($op->{method}, uri($op, $a) . "?$query",
                scalar example($op, $a));
            answers($op, $r, 400, 'invalid_parameter', "$name $wrong");
            is $r->json->{errors}[0]{parameter}, $name, 'which is named';
        }
    }
}


for my $op (@operations) {
    well($op, 'admin');
    badly_asked($op);
    bad_bodies($op);
    bounds_of_parameters($op);
}

for my $role (sort keys %may) {
    by_role($_, $role) for grep { @{$_->{security}} } @operations;
}

# No partner's credential has a role, whoever asks for one.
for my $role ('admin', sort keys %may) {
    for my $op (grep { $_->{operationId} =~ /^(?:keys|clients|applications)
        \.create$/x } @operations) {
        my $r = call($op->{method}, uri($op, $a), { %{example($op, $a)},
            ($op->{operationId} eq 'applications.create' ? 'permissions'
                : 'scopes') => [$role] });
        answers($op, $r, 422, 'invalid_body', "$role as a scope");
    }

    is $p->{postgres}->query("DO \$\$ BEGIN
        UPDATE partner.api_keys SET scopes = '{$role}' WHERE id =
        '$a->{keyId}'; EXCEPTION WHEN check_violation THEN NULL; END \$\$;
        SELECT scopes FROM partner.api_keys WHERE id = '$a->{keyId}'") =~
        /$role/, '', "nor does the database keep $role for one";
}

# ---- tenants ----

my @tables = qw(partners api_keys clients applications partner_contacts
    partner_agreements token_revocations erasures);


sub state_of {
    my ($of) = @_;
    return join("\n", map { $p->{postgres}->query("SELECT coalesce(
        string_agg(x::text, ' ' ORDER BY id), '') FROM partner.$_ x
        WHERE x::text ~ '$of->{partnerId}|$of->{mark}'") } @tables);
}


# Every id that an operation takes: where, its name, and whether it must be that
# of something that is there.
sub ids {
    my ($op) = @_;
    my $media = $op->{requestBody}{content}{'application/json'} || {};
    my $body = $media->{schema}
        ? $schema->resolve($media->{schema})->{properties} : {};
    my %query = map { $_->{name} => $_->{schema} } grep { $_->{in} eq 'query' }
        map { $schema->resolve($_) } @{$op->{parameters} || []};

    return ((map { ['path', $_, 1] } $op->{path} =~ /\{(\w+)\}/g),
        (map { ['query', $_, 0] } grep { is_id($_, $query{$_}) }
            sort keys %query),
        map { ['body', $_, uuid($body->{$_})] } grep { is_id($_, $body->{$_}) }
            sort keys %$body);
}


sub uuid { return ($schema->resolve($_[0])->{format} // '') eq 'uuid' }
sub is_id { return $_[0] =~ /Id$|^subject$/ || uuid($_[1]) }


# What another tenant sends of this one; in a path ids are ours, elsewhere what
# is sent as clientId is the client's own.
for my $of ($a, $b) {
    $of->{foreign} = { %$of, entityId => $of->{partnerId},
        appId => $of->{applicationId}, subjectId => contact($of),
        subject => $of->{mark} };
    $of->{own} = call('GET', "/api/clients/$of->{clientId}")->json
        ->{data}{clientId};
}


sub foreign {
    my ($of, $where, $name) = @_;
    return $of->{own} if $where ne 'path' && $name eq 'clientId';
    return $of->{foreign}{$name} // die "whose is $name in the $where?\n";
}


# What one tenant gets of the other, with the scopes that it could have, or with
# all that there are.  Each id in turn is the other's and the rest its own, then
# all of a path are the other's, which is known by its mark and its ids.
sub leaks {
    my ($me, $of, $all) = @_;
    my %known = map { $_ => 1 } $of->{mark}, grep { /^[0-9a-f]+-/ }
        values %$of;
    my @leaks;

    delete @known{keys %{$me->{said} || {}}};

    for my $op (grep { @{$_->{security}} } @operations) {
        my %as = (partner => $me->{partnerId}, client => 'x',
            scopes => scopes($op) . ($all ? ' admin' : ''));
        my @ids = ids($op);
        push @ids, ['none', '', 0] if $op->{method} eq 'GET';
        push @ids, ['all', '', 1] if $op->{path} =~ /\{.*\{/;

        for (@ids) {
            my ($where, $name, $there) = @$_;
            my $other = $name && foreign($of, $where, $name);
            my %id = ($where eq 'all' ? %{$of->{foreign}} : %$me,
                $where eq 'path' ? ($name => $other) : ());
            my $body = example($op, \%id);
            my $uri = uri($op, \%id);
            $body->{$name} = $other if $where eq 'body';
            $uri .= "?$name=$other" if $where eq 'query';

            my $r = call($op->{method}, $uri, $body, as => \%as);
            my $said = $name ? $r->body =~ s/\Q$other\E//gr : $r->body;
            push @leaks, "$op->{operationId} $where $name: " . $r->body
                if grep({ index($said, $_) >= 0 } keys %known)
                || mistakes($op, $r) || ($there && $r->status < 300);

            # What was taken, such as an appId that says nothing, is its own.
            $me->{said}{$other} = 1 if $where eq 'body' && $r->status < 300;
        }
    }

    return join("\n", @leaks);
}


# What each of the two gets of the other, and whether that stays as it was.
sub isolated {
    my ($all, $name) = @_;

    for ([$a, $b], [$b, $a]) {
        my ($me, $of) = @$_;
        my $before = state_of($of);
        is leaks($me, $of, $all), '', "$me->{mark} reads nothing of $of->{mark}"
            . ", $name";
        is state_of($of), $before, 'nor changes it';
    }
}


isolated(0, 'with its scopes');
isolated(1, 'whatever the scopes say');

# Nor does it hang on what statements ask: the few that ask who calls ask no
# more, and row-level security alone stands between the two.
my $asked = 0;

for my $file (glob("$ENV{PWD}/upstream-services/sql/*/*.sql")) {
    my $text = $t->read_file($file);
    my ($kind) = $file =~ m{/(queries|migrations)/} or next;

    if ($kind eq 'queries') {
        $asked += $text =~ s/\bis_platform\(\)/true/g;
        $asked += $text =~ s/:identity\.partner = 'platform'/true/g;
        $asked += $text =~ s/\w\.partner_id = :identity\.tenant::uuid/false/g;
        $asked += $text =~ s/\w\.id\sBETWEEN\s:identity\.tenant::uuid
            \sAND\s:identity\.tenant::uuid/false/gx;
        $asked += $text =~ s/(\w+\.tenant) = current_setting\('[^)]*\)/true/g;
        unlike $text =~ s/outbox_obey\([^()]*tenant\(\)[^()]*\)//gr,
            qr/\btenant\(\)|:identity\.|current_setting/,
            basename($file) . ': no other statement does';
    }

    $t->write_file("open/$kind/" . basename($file), $text);
}

cmp_ok $asked, '>', 1, 'some did';
$p->{serve}->stop;
$p->serve('--sql', "$t->{dir}/open");
isolated(1, 'without a question of ours');


# What partnerd's role for requests may read, and who of it has rows in which
# there is a word of the other.
sub readable {
    return split(/\n/, $p->{postgres}->query("SELECT relname FROM pg_class
        WHERE relnamespace = 'partner'::regnamespace
          AND relkind IN ('r', 'p', 'v', 'm')
          AND has_table_privilege('partner_serve', oid, 'SELECT')
        ORDER BY relname"));
}


sub tables_showing {
    my ($me, $of) = @_;
    my $word = "$of->{partnerId}|$of->{mark}";
    my $sees = join(' UNION ALL ', map { "SELECT '$_' AS name FROM partner.$_ x
        WHERE x::text ~ '$word' GROUP BY 1" } readable());

    return $p->{postgres}->query("SET ROLE partner_serve;
        SET partner.tenant = '$me->{partnerId}';
        SELECT coalesce(string_agg(name, ' ' ORDER BY name), '')
        FROM ($sees) s");
}


for ([$a, $b], [$b, $a]) {
    my ($me, $of) = @$_;
    is tables_showing($me, $of), '', "no table shows $of->{mark} to "
        . $me->{mark};
    is tables_showing($me, $me), 'api_keys applications clients erasures '
        . 'idempotency_keys partner_agreements partner_contacts partners '
        . 'subjects usage_counters', 'but its own: the control';
}


# Tables that partnerd's role for requests reaches without them, and views
# that look at rows as somebody else.
sub unguarded {
    return $p->{postgres}->query("SELECT coalesce(string_agg(relname::text,
        ' ' ORDER BY relname), '') FROM pg_class
        WHERE relnamespace = 'partner'::regnamespace
          AND has_table_privilege('partner_serve', oid,
              'SELECT, INSERT, UPDATE, DELETE')
          AND NOT CASE relkind
              WHEN 'v' THEN coalesce(array_to_string(reloptions, ' '), '')
                  ~ 'security_invoker=(true|on|1)'
              ELSE relrowsecurity AND relforcerowsecurity END
          AND relkind IN ('r', 'p', 'v', 'm')");
}


is unguarded(), 'schema_migrations', 'no table of partners stands open';
is $p->{postgres}->query("SELECT rolsuper OR rolbypassrls FROM pg_roles
    WHERE rolname = 'partner_serve'"), 'f', 'nor does its role pass them by';
$p->{postgres}->query('CREATE TABLE partner.ajar (id uuid);
    GRANT SELECT ON partner.ajar TO partner_serve;
    CREATE VIEW partner.above AS SELECT * FROM partner.ajar;
    GRANT SELECT ON partner.above TO partner_serve');
is unguarded(), 'above ajar schema_migrations', 'what does is found';
$p->{postgres}->query('DROP TABLE partner.ajar CASCADE');

# The controls: without it there are leaks, and changes once the events that
# each of them leaves are not held back either.
sub open_up {
    $p->{postgres}->query("CREATE POLICY hole ON partner.$_ TO partner_serve
        USING (true) WITH CHECK (true)") for @_;
}


my $before = state_of($a);
open_up(@tables, 'audit');
my $open = leaks($b, $a, 1);
ok $open =~ /^\Q$_\E /m, "with all rows in sight there is a leak: $_"
    for qw(partners.get partners.contacts partners.agreement keys.get keys.list
    clients.get applications.get revocations.get erasures.get audit.get
    audit.list);
is state_of($a), $before, 'but no change yet';

open_up('outbox');
ok leaks($b, $a, 1) =~ /^keys\.setNetworks /m, 'with all events there is one';
isnt state_of($a), $before, 'which is found';

done_testing;
