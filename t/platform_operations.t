#!/usr/bin/perl

# Every operation of the contract, called well and in each wrong way: its
# answers are as its schemas say, and nobody reads or changes what is another's.

use strict;
use warnings;
use lib 't/lib';

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

    for my $case (['', 422, 'invalid_body', 'no body'],
        ['{', 400, 'malformed_json', 'no JSON'],
        ['[]', 422, 'invalid_body', 'no object'],
        [$text =~ s/^\{("\w+":)/{$1null,$1/r, 400, 'duplicate_member',
            'a member twice'],
        [{ %$good, nonsense => 1 }, 422, 'invalid_body', 'a member unknown'],
        ['x' x (1024 * 1024 + 1), 413, 'payload_too_large', 'too much']) {
        my ($body, $status, $code, $name) = @$case;
        answers($op, call($op->{method}, $uri, $body), $status, $code, $name);
    }

    answers($op, call($op->{method}, $uri, $good, headers => {
        'Content-Type' => 'text/plain' }), 415, 'unsupported_media_type',
        'another type');

    for my $name (@{$shape->{required} || []}) {
        my %less = %$good;
        delete $less{$name};
        my $r = call($op->{method}, $uri, \%less);
        answers($op, $r, 422, 'invalid_body', "without $name");
        is $r->json->{errors}[0]{pointer}, "/$name", "which is named";
    }

    for my $name (sort keys %{$shape->{properties}}) {
        my $r = call($op->{method}, $uri, { %$good, $name => [{ x => {} }] });
        answers($op, $r, 422, 'invalid_body', "a wrong $name");
        like $r->json->{errors}[0]{pointer}, qr{^/$name(?:/|$)},
            'which is named';
    }
}


# One value for each thing that a schema asks for, that has all but this.
sub beyond {
    my ($shape) = @_;
    my $s = $schema->resolve($shape);
    my %of = (
        enum => sub { 'nonsense' },
        format => sub { 'nonsense' },
        pattern => sub { "\x{1}" },
        minLength => sub { 'x' x ($_[0] - 1) },
        maxLength => sub { 'x' x ($_[0] + 1) },
        minimum => sub { $_[0] - 1 },
        maximum => sub { $_[0] + 1 },
        minItems => sub { [] },
        maxItems => sub { [(undef) x ($_[0] + 1)] },
        uniqueItems => sub { [undef, undef] },
    );

    return map { [$_, $of{$_}->($s->{$_})] }
        grep { exists $s->{$_} && ($s->{$_} || $_ eq 'minimum') }
        sort keys %of;
}


# Each bound of each member, broken by itself.
sub bounds_of_bodies {
    my ($op) = @_;
    my $good = example($op, $a) or return;
    my $media = $op->{requestBody}{content}{'application/json'};
    my $shape = $schema->resolve($media->{schema});

    for my $name (sort keys %{$shape->{properties}}) {
        for my $case (beyond($shape->{properties}{$name})) {
            my ($keyword, $value) = @$case;
            my $r = call($op->{method}, uri($op, $a), { %$good,
                $name => $value });
            answers($op, $r, 422, 'invalid_body', "$name beyond $keyword");
            like $r->json->{errors}[0]{pointer}, qr{^/$name(?:/|$)},
                'which is named';
        }
    }
}


sub bounds_of_parameters {
    my ($op) = @_;

    for my $parameter (map { $schema->resolve($_) }
        @{$op->{parameters} || []}) {
        next if $parameter->{in} ne 'query';

        for my $case (beyond($parameter->{schema})) {
            my ($keyword, $value) = @$case;
            my $text = $value =~ s/([^\w-])/sprintf('%%%02x', ord $1)/ger;
            my $r = call($op->{method}, uri($op, $a)
                . "?$parameter->{name}=$text", scalar example($op, $a));
            answers($op, $r, 400, 'invalid_parameter',
                "$parameter->{name} beyond $keyword");
        }
    }
}


for my $op (@operations) {
    well($op, 'admin');
    badly_asked($op);
    bad_bodies($op);
    bounds_of_bodies($op);
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

my $subject = contact($a);
my @tables = qw(partners api_keys clients applications partner_contacts
    partner_agreements token_revocations erasures);


sub state_of_a {
    return join("\n", map { $p->{postgres}->query("SELECT coalesce(
        string_agg(x::text, ' ' ORDER BY id), '') FROM partner.$_ x
        WHERE x::text LIKE '%$a->{partnerId}%' OR x::text LIKE '%tenant-a%'") }
        @tables);
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


# That of the first partner; in a path ids are ours, elsewhere what is sent as
# clientId is the client's own.
my %foreign = (%$a, entityId => $a->{partnerId}, appId => $a->{applicationId},
    subjectId => $subject, subject => 'tenant-a');
my $own = call('GET', "/api/clients/$a->{clientId}")->json->{data}{clientId};


sub foreign {
    my ($where, $name) = @_;
    return $own if $where ne 'path' && $name eq 'clientId';
    return $foreign{$name} // die "whose is $name in the $where?\n";
}


# What the other partner gets of it, with the scopes that it could have, or with
# all that there are.  Each id in turn is the first one's, the rest are its own.
sub leaks {
    my ($all) = @_;
    my @leaks;

    for my $op (grep { @{$_->{security}} } @operations) {
        my %as = (partner => $b->{partnerId}, client => 'x',
            scopes => scopes($op) . ($all ? ' admin' : ''));
        my @ids = ids($op);
        push @ids, ['none', '', 0] if $op->{method} eq 'GET';

        for (@ids) {
            my ($where, $name, $there) = @$_;
            my $other = $name && foreign($where, $name);
            my %id = (%$b, $where eq 'path' ? ($name => $other) : ());
            my $body = example($op, \%id);
            my $uri = uri($op, \%id);
            $body->{$name} = $other if $where eq 'body';
            $uri .= "?$name=$other" if $where eq 'query';

            my $r = call($op->{method}, $uri, $body, as => \%as);
            my $said = $name ? $r->body =~ s/\Q$other\E//gr : $r->body;
            push @leaks, "$op->{operationId} $where $name: " . $r->body
                if $said =~ /tenant-a/ || mistakes($op, $r)
                || ($there && $r->status < 300);
        }
    }

    return join("\n", @leaks);
}


# Row-level security alone stands between them: no statement asks whose a row
# is.
my $before = state_of_a();
is leaks(0), '', 'nothing of another is read';
is leaks(1), '', 'whatever the scopes say';
is state_of_a(), $before, 'nor changed';

# The controls: without it there are leaks, and changes once the events that
# each of them leaves are not held back either.
sub open_up {
    $p->{postgres}->query("CREATE POLICY hole ON partner.$_ TO partner_serve
        USING (true) WITH CHECK (true)") for @_;
}


open_up(@tables, 'audit');
my $open = leaks(1);
like $open, qr/^\Q$_\E /m, "with all rows in sight there is a leak: $_"
    for qw(partners.get partners.contacts keys.get keys.list clients.get
    applications.get revocations.get erasures.get audit.get audit.list);
is state_of_a(), $before, 'but no change yet';

open_up('outbox');
like leaks(1), qr/^keys\.setNetworks /m, 'with all events there is one';
isnt state_of_a(), $before, 'which is found';

done_testing;
