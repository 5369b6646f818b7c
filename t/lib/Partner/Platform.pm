package Partner::Platform;

# Plays the platform towards the gateway: writes records, the projection's
# marker and revisions into Redis, as docs/architecture.md has them.

use strict;
use warnings;

use Carp qw(croak);
use JSON::PP ();

use Partner::Key qw(key_digest new_key);
use Partner::Process;

use constant BEAT_LIMIT => 1000; # seconds

my $json = JSON::PP->new->canonical;


# With a complete projection at revision 1, unless `empty`.
sub new {
    my ($class, $redis, %o) = @_;

    my $self = bless { redis => $redis, revision => 1, keys => 0 }, $class;
    $self->complete unless $o{empty};

    return $self;
}


sub complete {
    my ($self) = @_;
    $self->{redis}->command('SET', 'partner:projection', $self->{revision});
}


sub incomplete {
    my ($self) = @_;
    $self->{redis}->command('DEL', 'partner:projection');
}


# A new key whose record differs so from that of an active gold key.
sub key {
    my ($self, %principal) = @_;

    my $key = new_key();
    $self->put($key, %principal);
    return $key;
}


sub put {
    my ($self, $key, %principal) = @_;

    $self->{records}{$key} = {
        id => 'key_' . ++$self->{keys}, partnerId => 'p1', tier => 'gold',
        scopes => ['read:rides'], status => 'active',
        partnerStatus => 'active', version => 1,
        %{$self->{records}{$key} || {}}, %principal
    };

    $self->put_text($key, $json->encode($self->{records}{$key}));
}


sub put_text {
    my ($self, $key, $text) = @_;
    $self->{redis}->command('SET', 'partner:cred:' . key_digest($key), $text);
}


# Changes the record and tells the gateways, as one step of the platform.
sub change {
    my ($self, $key, %principal) = @_;

    my $version = ($self->{records}{$key}{version} // 0) + 1;
    $self->put($key, %principal, version => $version);
    return $self->publish($key, $version);
}


# A client whose tokens name no partner.
sub client {
    my ($self, $id, %principal) = @_;
    return $self->put("client:$id", id => $id, %principal);
}


# Refuses tokens of a subject: ('token', issuer, jti), ('client', id),
# ('partner', id) or ('key', issuer, kid); `before` and `until` as the gateway
# reads them.
sub revoke_tokens {
    my ($self, @subject) = @_;
    my $times = ref $subject[-1] ? pop @subject : [0, 0];
    my $digest = key_digest(join("\n", @subject));

    $self->{redis}->command('HSET', 'partner:revoked', $digest, "@$times");
    $self->{revision}++;
    return $self->say("$self->{revision} revoked $digest @$times");
}


# Tells that all records of a partner have changed, which are there already.
sub partner_changed {
    my ($self, $id) = @_;
    return $self->say(++$self->{revision} . " partner $id");
}


# Its records are still to be written.
sub partner_closing {
    my ($self, $id, $status) = @_;
    return $self->say(++$self->{revision} . " closing $status $id");
}


# Tells of a version without writing it.  Returns how many workers heard.
sub publish {
    my ($self, $key, $version) = @_;

    $self->{revision}++;
    return $self->say(join(' ', $self->{revision}, key_digest($key),
        $version));
}


sub heartbeat {
    my ($self) = @_;
    return $self->say($self->{revision});
}


# A heartbeat as often as partnerd sends it, for as long as `still` says so:
# without it a gateway takes its channel for broken, and opens another.
sub beat_while {
    my ($self, $still) = @_;
    my $next = 0;

    Partner::Process::wait_until(sub {
        if (time >= $next) {
            $self->heartbeat;
            $next = time + 1;
        }
        return !$still->();
    }, BEAT_LIMIT) or croak 'beat_while: it does not end';
}


# Revisions that no gateway will ever hear of.
sub skip {
    my ($self, $n) = @_;
    $self->{revision} += $n // 1;
}


sub say {
    my ($self, $text) = @_;
    return $self->{redis}->command('PUBLISH', 'partner:revisions', $text);
}


# How often Redis has run this command since it started.
sub calls {
    my ($self, $command) = @_;

    my $info = $self->{redis}->command('INFO', 'commandstats');
    return $info =~ /^cmdstat_$command:calls=(\d+)/m ? $1 : 0;
}


# How many connections Redis has, this test's own among them.
sub clients {
    my ($self) = @_;

    my $info = $self->{redis}->command('INFO', 'clients');
    return $info =~ /^connected_clients:(\d+)/m ? $1 : 0;
}


# How many workers listen to revisions.
sub listeners {
    my ($self) = @_;
    return $self->{redis}->command('PUBSUB', 'NUMSUB',
        'partner:revisions')->[1];
}


1;
