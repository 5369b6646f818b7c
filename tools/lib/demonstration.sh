# The demonstration: partners and keys through the management API, some thirty
# partner calls, and the usage and metrics that resulted.  Needs $PORT_HTTP,
# $PORT_TLS and $ADMIN_KEY.
# shellcheck shell=bash

GATEWAY=http://127.0.0.1:$PORT_HTTP
V1=$GATEWAY/v1

declare -A PARTNER KEY KEY_ID
declare -A MADE # calls that the gateway knew to be this partner's


# admin METHOD PATH [BODY]: a call to the management API.
admin() {
    local body=()

    if [ $# -gt 2 ]; then
        body=(--header 'Content-Type: application/json' --data-raw "$3")
    fi

    fetch "$ADMIN_KEY" --request "$1" "${body[@]}" "$GATEWAY$2"
}


admin_is() {
    admin "$1" "$2"
    [ "$GOT" = "$3" ]
}


# must STATUS WHAT: the demonstration cannot go on without it.
must() {
    [ "$GOT" = "$1" ] || give_up "$2 answered $GOT ${BODY[code]:-}, not $1"
}


# call WHO CURL-ARGUMENT...: with the key of WHO, counted as theirs.
call() {
    local who=$1
    shift

    fetch "${KEY[$who]}" "$@"
    MADE[$who]=$((${MADE[$who]:-0} + 1))
}


# Whether a call of WHO gets STATUS now.
status_of() {
    call "$1" "$V1/echo"
    [ "$GOT" = "$2" ]
}


# A new key is known to the gateway once the relay has projected it.  Calls
# before that are refused as nobody's.
key_works() {
    fetch "${KEY[$1]}" "$V1/echo"
    [ "$GOT" = 200 ] && MADE[$1]=$((${MADE[$1]:-0} + 1))
}


# a_key WHO PARTNER APPLICATION SCOPES
a_key() {
    admin POST /api/keys "{\"partnerId\": \"${PARTNER[$2]}\",
        \"appId\": \"$3\", \"scopes\": $4}"
    must 201 'POST /api/keys'

    KEY[$1]=${BODY[data.fullKey]}
    KEY_ID[$1]=${BODY[data.id]}
    until_true 10 key_works "$1"
    must 200 "the first call with $1's new key"
}


# a_partner TIER NAME TYPE CATEGORY SCOPES: active, with one key.
a_partner() {
    admin POST /api/partners "{\"partnerName\": \"$2\", \"tier\": \"$1\",
        \"partnerType\": \"$3\", \"category\": \"$4\"}"
    must 201 'POST /api/partners'
    PARTNER[$1]=${BODY[data.id]}

    admin POST "/api/partners/${PARTNER[$1]}/activate"
    must 200 'POST /api/partners/{id}/activate'

    a_key "$1" "$1" "$1-app" "$5"
    printf '  %-7s %-18s %s  key %s...\n' "$1" "$2" "${PARTNER[$1]}" \
        "${KEY[$1]:0:8}"
}


set_up_partners() {
    heading 'Partners and keys, made through the management API'

    until_true 15 admin_is GET /api/partners 200
    must 200 'GET /api/partners with the admin key'

    a_partner gold 'Metro Rides' Service 'Urban Transit Systems' \
        '["read:*", "write:rides"]'
    a_partner silver 'Harbour Wallet' Technology 'Payments & Wallets' \
        '["read:rides", "read:leads"]'
    a_partner basic 'Kestrel Insurance' Service 'Safety & Insurance' \
        '["read:policies"]'
    a_key spare silver spare-app '["read:rides"]'
}


reads() {
    call gold "$V1/rides/ride_000001"
    show 'gold reads a ride' 200 \
        "rider.email ${BODY[data.rider.email]:-}, fare stays" \
        equal "${BODY[data.rider.email]:-} ${BODY[data.fare.amount]:-}" \
        '*** 8216'

    call silver "$V1/rides?limit=3"
    show 'silver lists rides' 200 \
        "3rd driver ${BODY[data.2.driver.fullName]:-}, next page \
${BODY[page.next]:-}" \
        equal "${BODY[data.2.driver.fullName]:-}" '***'

    call basic "$V1/policies/policy_000007"
    show 'basic reads a policy' 200 \
        "nationalId ${BODY[data.holder.nationalId]:-}, card \
${BODY[data.card]:-}" \
        equal "${BODY[data.holder.nationalId]:-} ${BODY[data.card]:-}" \
        '*** null'

    call basic "$V1/products"
    call basic "$V1/products"
    show 'basic lists products again' 200 \
        "X-Cache: ${HEAD[x-cache]:-}, 1st ${BODY[data.0.name]:-}" \
        equal "${HEAD[x-cache]:-} ${BODY[data.0.id]:-}" 'HIT ride_accident'

    call gold "$V1/products"
    show 'gold lists them' 200 \
        "X-Cache: ${HEAD[x-cache]:-}, what is kept is one tenant's" \
        equal "${HEAD[x-cache]:-}" MISS

    call silver "$V1/leads/lead_000042"
    show 'silver reads a lead' 200 \
        "RateLimit-Policy: ${HEAD[ratelimit-policy]:-}" \
        equal "${HEAD[ratelimit-policy]:-}" \
        '"client";q=1000;w=1, "quota";q=10000;w=3600'

    call silver --cacert "$RUN/tls/localhost.crt" --tlsv1.3 --http2 \
        "https://localhost:$PORT_TLS/v1/rides/ride_000002"
    show 'silver over TLS 1.3' 200 \
        "HTTP/$VERSION, rider.phone ${BODY[data.rider.phone]:-}" \
        equal "$VERSION ${BODY[data.rider.phone]:-}" '2 ***'
}


writes() {
    local ride='{"pickup": {"street": "Via Roma 1", "city": "Lisboa"},
        "dropoff": {"street": "Main Street 2", "city": "Lisboa"},
        "rider": {"fullName": "Zoë Rossi", "phone": "+1 202 555 0100"}}'

    call gold --header 'Content-Type: application/json' --data-raw "$ride" \
        "$V1/rides"
    show 'gold books a ride' 201 \
        "${BODY[data.status]:-}, rider.fullName \
${BODY[data.rider.fullName]:-}" \
        equal "${BODY[data.status]:-} ${BODY[data.rider.fullName]:-}" \
        'requested ***'

    call gold --header 'X-Partner-Id: someone-else' "$V1/echo"
    show 'gold pretends to be someone else' 200 \
        "upstream sees gold's id and \
${BODY[data.headers.authorization.0]:-no} key" \
        equal "${BODY[data.headers.x-partner-id.0]:-} \
${BODY[data.headers.authorization.0]:-}" "${PARTNER[gold]} "
}


# Another last character, so that the checksum is wrong.
mistyped() {
    local other=0
    [ "${1: -1}" != 0 ] || other=1
    printf '%s%s' "${1%?}" "$other"
}


refusals() {
    local unknown
    unknown=$("$BIN/partnerd" key | sed -n 's/^key: //p')

    refused 'no key' 401 missing_credential '' "$V1/rides"
    refused 'a mistyped key' 401 malformed_credential \
        "$(mistyped "${KEY[gold]}")" "$V1/rides"
    refused 'a key that nobody was given' 401 unknown_credential \
        "$unknown" "$V1/rides"

    call basic "$V1/rides"
    show 'basic reads rides without the scope' 403 "${BODY[code]:-}" \
        problem insufficient_scope
    call silver --data-raw '{}' "$V1/rides"
    show 'silver books without write:rides' 403 "${BODY[code]:-}" \
        problem insufficient_scope

    refused 'a path that is not there' 404 not_found '' "$GATEWAY/nowhere"
    call gold --request DELETE "$V1/rides"
    show 'DELETE on rides' 405 "${BODY[code]:-}" problem method_not_allowed
    head -c 2000000 /dev/zero >"$RUN/calls/large"
    refused 'a body of 2 MB' 413 payload_too_large "${KEY[gold]}" \
        --data-binary "@$RUN/calls/large" "$V1/leads"
}


honest() {
    problem rate_limited \
        && matches "${HEAD[retry-after]:-}" '^[1-9][0-9]*$' \
        && equal "${HEAD[x-ratelimit-limit]:-}" 3 \
        && equal "${HEAD[x-ratelimit-remaining]:-}" 0 \
        && matches "${HEAD[x-ratelimit-reset]:-}" '^20[0-9-]{8}T[0-9:.]+Z$'
}


limits() {
    local left

    for left in 2 1 0; do
        call gold "$V1/trial"
        show "gold, limit of 3: call $((3 - left))" 200 \
            "X-RateLimit-Remaining: ${HEAD[x-ratelimit-remaining]:-}" \
            equal "${HEAD[x-ratelimit-remaining]:-}" "$left"
    done

    call gold "$V1/trial"
    show 'gold, limit of 3: call 4' 429 \
        "Retry-After: ${HEAD[retry-after]:-}, reset \
${HEAD[x-ratelimit-reset]:-}" honest

    call silver "$V1/trial"
    show 'silver has a bucket of its own' 200 \
        "X-RateLimit-Remaining: ${HEAD[x-ratelimit-remaining]:-}" \
        equal "${HEAD[x-ratelimit-remaining]:-}" 2
}


unavailable() {
    problem "$1" && matches "${HEAD[retry-after]:-}" '^[1-9][0-9]*$'
}


broken_upstreams() {
    call gold "$V1/dead"
    show 'an upstream that is down' 503 \
        "${BODY[code]:-}, Retry-After: ${HEAD[retry-after]:-}" \
        unavailable service_unavailable

    call gold "$V1/status/500"
    show "an upstream's own error passes" 500 "${BODY[code]:-}" \
        equal "${BODY[code]:-}" on_demand
}


mistakes() {
    admin POST /api/partners \
        '{"partnerName": "X", "partnerType": "Data", "tier": "platinum"}'
    show 'API: an unknown tier' 422 \
        "${BODY[errors.0.pointer]:-} ${BODY[errors.0.detail]:-}" \
        equal "${BODY[code]:-} ${BODY[errors.0.pointer]:-}" \
        'invalid_body /tier'

    admin POST /api/partners '{"partnerName": '
    show 'API: half a body' 400 "${BODY[code]:-}" problem malformed_json

    admin GET /api/partners/00000000-0000-4000-8000-000000000000
    show 'API: an id that is not there' 404 "${BODY[code]:-}" \
        problem not_found

    admin PUT /api/partners
    show 'API: a method that is not there' 405 "Allow: ${HEAD[allow]:-}" \
        problem method_not_allowed

    admin OPTIONS /api/partners
    show 'API: what a path allows' 405 "Allow: ${HEAD[allow]:-}" \
        equal "${HEAD[allow]:-}" 'GET, HEAD, POST'

    admin BREW /api/partners
    show 'API: a method that nobody knows' 405 "${BODY[code]:-}" \
        problem method_not_allowed
    refused 'API: the same where no key is needed' 405 method_not_allowed '' \
        --request BREW "$GATEWAY/api/health"

    call silver "$GATEWAY/api/keys"
    show "API: a partner's key is no admin key" 403 "${BODY[code]:-}" \
        problem insufficient_scope
}


# Milliseconds since $1, a value of EPOCHREALTIME.
since() {
    local now=$EPOCHREALTIME
    echo "$(((${now/[.,]/} - ${1/[.,]/}) / 1000)) ms"
}


# The times have two starts of curl in them.
changes_of_mind() {
    local sent

    sent=$EPOCHREALTIME
    admin POST "/api/partners/${PARTNER[basic]}/suspend" \
        '{"reason": "Invoice overdue"}'
    until_true 5 status_of basic 403
    show 'basic, suspended through the API' 403 \
        "${BODY[code]:-}, $(since "$sent") later" problem partner_suspended

    admin POST "/api/partners/${PARTNER[basic]}/activate"
    until_true 5 status_of basic 200
    show 'basic, activated again' 200 \
        "tier ${BODY[data.headers.x-partner-tier.0]:-}" \
        equal "${BODY[data.headers.x-partner-tier.0]:-}" basic

    sent=$EPOCHREALTIME
    admin DELETE "/api/keys/${KEY_ID[spare]}"
    until_true 5 status_of spare 401
    show "silver's spare key, revoked" 401 \
        "${BODY[code]:-}, $(since "$sent") later" problem revoked_credential
}


usage_is_complete() {
    admin GET "/api/partners/${PARTNER[gold]}/usage"
    [ "${BODY[data.totals.calls]:-}" = "${MADE[gold]}" ]
}


# The gateway publishes about once a second; the platform stores what comes.
usage() {
    local outcomes='' name

    heading "Usage, as the management API reports it"
    table_head
    until_true 10 usage_is_complete

    for name in ok client_error server_error refused aborted; do
        [ -z "${BODY[data.totals.byOutcome.$name]:-}" ] \
            || outcomes+=", ${BODY[data.totals.byOutcome.$name]} $name"
    done

    show "gold made ${MADE[gold]} calls" 200 \
        "counted: ${BODY[data.totals.calls]:-0}$outcomes" \
        equal "${BODY[data.totals.calls]:-}" "${MADE[gold]}"
}


# verified JWS X: by OpenSSL, with the published Ed25519 key.  Before its 32
# bytes goes what says so in DER (RFC 8410, section 10.3).
verified() {
    local dir=$RUN/calls

    perl -MMIME::Base64=decode_base64url -e '
        my ($dir, $jws, $x) = @ARGV;
        my ($said, $signature) = $jws =~ /^(.+)[.]([^.]+)$/ or exit 1;
        my %part = (said => $said, signature => decode_base64url($signature),
            key => pack("H*", "302a300506032b6570032100")
                . decode_base64url($x));
        for (keys %part) {
            open(my $fh, ">:raw", "$dir/$_") or exit 1;
            print $fh $part{$_};
            close($fh) or exit 1;
        }
    ' "$dir" "$1" "$2" || return 1

    openssl pkeyutl -verify -pubin -keyform DER -inkey "$dir/key" -rawin \
        -in "$dir/said" -sigfile "$dir/signature" >/dev/null 2>&1
}


# ... and it would show if a letter of it were another.
genuine() {
    verified "$1" "$2" && ! verified "X$1" "$2"
}


# Of the last month, in which gold was not there yet.
reports() {
    local jws

    heading 'A signed report of the service level'
    table_head

    call gold "$GATEWAY/api/partners/${PARTNER[gold]}/slo/report"
    jws=${BODY[data.jws]:-}
    show 'gold reads what it was promised' 200 \
        "${BODY[data.report.month]:-}: \
${BODY[data.report.tiers.0.tier]:-nothing, before it came}" \
        equal "${BODY[data.report.sub]:-}" "${PARTNER[gold]}"

    fetch '' "$GATEWAY/api/jwks.json"
    show 'anybody reads the published key' 200 \
        "the report's signature fits $(short "${BODY[keys.0.kid]:-}")" \
        genuine "$jws" "${BODY[keys.0.x]:-}"
}


short() {
    printf '%s...' "${1:0:8}"
}


operators() {
    heading 'The pages for operators'
    table_head

    fetch '' "$GATEWAY/partner/status"
    show '/partner/status' 200 \
        "Redis ${BODY[redis]:-}, ${BODY[cache.principals]:-} keys cached" \
        equal "${BODY[redis]:-}" connected

    fetch '' "$GATEWAY/partner/metrics"
    show '/partner/metrics' 200 \
        "$(grep -c '^# TYPE' "$RUN/calls/body") metrics; some lines:" \
        grep -q '^# TYPE partner_requests_total counter' "$RUN/calls/body"
    grep -E '^partner_(requests|refusals|redactions|in_budget)_total' \
        "$RUN/calls/body" | grep -v ' 0$' | sed 's/^/      /'
}


demonstrate() {
    set_up_partners

    heading 'Calls'
    table_head
    reads
    writes
    refusals
    limits
    broken_upstreams
    mistakes
    changes_of_mind

    usage
    reports
    operators

    [ ${#WRONG[@]} -eq 0 ]
}
