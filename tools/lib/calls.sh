# Calls through the gateway, and the table that shows them.  Needs $RUN.
# shellcheck shell=bash

CALLS=0
WRONG=()

# What the last fetch() brought.
GOT=            # its status
VERSION=        # of HTTP
declare -A BODY # members by path, as data.rider.email or errors.0.pointer
declare -A HEAD # headers by their name in lower case


# Writes name, NUL, value, NUL: the headers, an empty pair, the body's members.
# shellcheck disable=SC2016
UNFOLD='
    sub walk {
        my ($path, $value) = @_;
        my $dot = length $path ? "$path." : "";
        if (ref $value eq "HASH") {
            walk("$dot$_", $value->{$_}) for sort keys %$value;
        } elsif (ref $value eq "ARRAY") {
            walk("$dot$_", $value->[$_]) for 0 .. $#$value;
        } else {
            print "$path\0", $value // "null", "\0";
        }
    }
    local $/;
    open(my $fh, "<", "$ARGV[0]/headers");
    my $head = <$fh>;
    print lc $1, "\0$2\0" while $head =~ /^([\w-]+):[ \t]*(.*?)\r?$/mg;
    print "\0\0";
    open($fh, "<", "$ARGV[0]/body") or exit;
    binmode STDOUT, ":utf8";
    walk("", eval { JSON::PP->new->utf8->decode(<$fh>) });
'


unfold() {
    local name value
    BODY=()
    HEAD=()

    {
        while IFS= read -r -d '' name && IFS= read -r -d '' value; do
            [ -n "$name" ] || break
            HEAD[$name]=$value
        done

        while IFS= read -r -d '' name && IFS= read -r -d '' value; do
            BODY[${name:-.}]=$value
        done
    } < <(perl -MJSON::PP -e "$UNFOLD" "$RUN/calls")
}


# fetch KEY CURL-ARGUMENT...: one call.  The key goes to curl by a pipe, for
# arguments are public.
fetch() {
    local key=$1
    shift

    rm -f "$RUN/calls/body" "$RUN/calls/headers"
    read -r GOT VERSION < <(curl -q --noproxy '*' --silent --max-time 20 \
        --dump-header "$RUN/calls/headers" --output "$RUN/calls/body" \
        --write-out '%{http_code} %{http_version}\n' \
        --config <([ -z "$key" ] \
            || printf 'header = "Authorization: Bearer %s"\n' "$key") "$@")
    unfold
}


heading() {
    printf '\n%s\n' "$1"
}


# row EXPECTED GOT OK TITLE DETAIL
row() {
    printf '  %2d  %-6s  %-3s  %-5s  %-40s  %s\n' "$CALLS" "$1" "$2" "$3" \
        "$4" "$5"
}


table_head() {
    printf '  %2s  %-6s  %-3s  %-5s  %-40s  %s\n' '#' expect got '' \
        'the call' 'what it shows'
}


# show TITLE EXPECTED DETAIL [CONDITION...]: one row for the last fetch, whose
# status is in $GOT.  It is right if the status is and the condition holds.
show() {
    local title=$1 expected=$2 detail=$3 verdict=ok
    shift 3
    CALLS=$((CALLS + 1))

    if [ "$GOT" != "$expected" ] || { [ $# -gt 0 ] && ! "$@"; }; then
        verdict=WRONG
        WRONG+=("$CALLS: $title (expected $expected, got $GOT; $detail)")
    fi

    row "$expected" "$GOT" "$verdict" "$title" "$detail"
    [ "$verdict" = ok ]
}


# Conditions for show().
equal() {
    [ "$1" = "$2" ]
}


matches() {
    [[ $1 =~ $2 ]]
}


# problem CODE: the last body is problem+json with this code.
problem() {
    [ "${BODY[code]:-}" = "$1" ] && [ "${BODY[status]:-}" = "$GOT" ] \
        && matches "${HEAD[content-type]:-}" '^application/problem\+json'
}


# refused TITLE STATUS CODE KEY CURL-ARGUMENT...: a call and its row.
refused() {
    local title=$1 status=$2 code=$3 key=$4
    shift 4

    fetch "$key" "$@"
    show "$title" "$status" "${BODY[code]:-}" problem "$code"
}
