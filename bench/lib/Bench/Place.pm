package Bench::Place;

# What is measured, and what it needs: two nginx, an upstream, Redis, keys.

use strict;
use warnings;

use Bench::Files qw(documents);
use JSON::PP ();
use Partner::Jwt qw(claims jwks);
use Partner::Key qw(new_key key_digest registry);
use Partner::Test;

my $registered = 100_000;

# More than the gateway's zone remembers, so that walking through them again
# verifies them again.
my $tokens = 30_000;
our @algorithms = qw(RS256 ES256 EdDSA HS256);


sub new {
    my ($class, $top) = @_;

    my $t = Partner::Test->new;
    my $self = bless { top => $top, t => $t }, $class;

    $t->define(USER => $> == 0 ? 'user nobody nogroup;' : '');

    $self->_files;
    $self->_keys;
    $self->_tokens;
    $self->{$_} = $self->start($_) for qw(upstream stock gateway);

    return $self;
}


sub key { $_[0]{key}{$_[1]} }
sub tokens { $_[0]{tokens}{$_[1]} } # their file
sub how_many { $tokens }
sub file { "$_[0]{t}{dir}/$_[1]" }
sub size { -s "$_[0]{t}{dir}/files/$_[1]" }
sub port { $_[0]{t}->port(uc $_[1]) }


sub list {
    my ($self, $alg) = @_;
    open(my $fh, '<', $self->tokens($alg)) or die "tokens of $alg: $!\n";
    chomp(my @tokens = <$fh>);
    return \@tokens;
}


# It listens before it has one.
sub worker {
    my ($self, $kind) = @_;
    my $pid;

    Partner::Process::wait_until(sub {
        ($pid) = $self->{$kind}->workers;
        return $pid;
    }) or die "$kind: no worker\n";

    return $pid;
}


# A server of that kind, under a name of its own; `processes` are directives
# about them, `under` is what runs it.
sub start {
    my ($self, $kind, %o) = @_;
    my $t    = $self->{t};
    my $name = $o{name} // $kind;

    open(my $fh, '<', "$self->{top}/bench/conf/$kind.conf")
        or die "$kind: $!\n";
    my $conf = do { local $/; <$fh> };

    $t->define(PROCESSES => $o{processes} // '', LISTEN => $t->port(uc $name),
        KEYS => $o{keys} // 'keys.json');

    my $nginx = $t->nginx($conf, $name);
    $nginx->{under} = $o{under} || [];
    return $nginx->start;
}


sub stop { Partner::Process::stop_all() }


sub _files {
    my ($self) = @_;
    my $dir = "$self->{t}{dir}/files";
    mkdir($dir);

    # the gateway's locations, so that it passes an address on as stock does
    symlink('.', "$dir/$_") or die "$dir/$_: $!\n"
        for qw(off key jwt walk limit full redact
            metered unmetered);

    $self->{t}->write_file('contract.json', JSON::PP::encode_json({
        openapi => '3.1.0', security => [],
        paths => { map { ("/$_/1k" => { get => { operationId => $_ } }) }
            qw(metered unmetered) },
    }));

    my %document = documents();
    $self->{t}->write_file("files/$_", $document{$_}) for keys %document;
}


sub _keys {
    my ($self) = @_;
    my $t = $self->{t};

    $self->{key}{$_} = new_key() for qw(static gold silver basic);

    # digests of nobody's keys keep the one that is used company
    my $n = 0;
    my @crowd = map { { sha256 => sprintf('%064x', ++$n), id => "k$n",
        partnerId => "p$n", tier => 'basic', scopes => ['read:rides'] } }
        1 .. $registered - 1;
    my $registry = registry($self->key('static'));
    $t->write_file('key.json', $registry);
    $registry = JSON::PP::decode_json($registry);
    push @{$registry->{keys}}, @crowd;
    $t->write_file('keys.json', JSON::PP::encode_json($registry));

    $t->write_file('key.txt', $self->key('gold') . "\n");
    $self->{tokens}{key} = $self->file('key.txt');

    my $redis = $t->redis;
    $redis->command('SET', 'partner:projection', 1);

    for my $tier (qw(gold silver basic)) {
        $redis->command('SET',
            'partner:cred:' . key_digest($self->key($tier)),
            JSON::PP::encode_json({
                id => "key_$tier", partnerId => "partner_$tier",
                tier => $tier, scopes => ['read:rides', 'write:rides'],
                version => 1
            }));
    }
}


# For each algorithm a key, and a file of tokens.
sub _tokens {
    my ($self) = @_;
    my $t = $self->{t};

    for my $alg (@algorithms) {
        my $issuer = $self->{issuer}{$alg}
            = Partner::Jwt->new($t->dir, $alg, "bench-$alg");
        $t->write_file("$alg.secret", $issuer->{secret})
            if $issuer->{secret};
        my $key = $issuer->{secret} ? $self->file("$alg.secret")
            : $issuer->{file};
        my $file = $self->{tokens}{$alg} = $self->file("$alg.txt");

        $self->{verify}{$alg} = ["$self->{top}/build/verify", $alg, $key,
            $file];
        system("node $self->{top}/bench/lib/tokens.mjs $alg $key $tokens"
            . " >$file") == 0 or die "tokens of $alg cannot be made\n";
    }

    my %issuer = %{$self->{issuer}};
    $t->write_file('jwks.json', jwks(@issuer{qw(RS256 ES256 EdDSA)}));
    $t->write_file('secrets.json', jwks($issuer{HS256}));
    chmod(0600, $self->file('secrets.json'));
    $self->{key}{token} = $issuer{RS256}->sign(claims(exp => time() + 86_400));
}


# Begins what OpenSSL alone does with them, on that core; its line is the
# microseconds that one takes.
sub bare {
    my ($self, $alg, $core, $seconds) = @_;

    open(my $fh, '-|', 'taskset', '-c', $core, @{$self->{verify}{$alg}},
        $seconds)
        or die "verify: $!\n";
    return $fh;
}


1;
