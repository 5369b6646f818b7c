# The demonstration's services, one function each.  All speak over Unix sockets
# in $STATE; only nginx has ports.
# shellcheck shell=bash


step() {
    printf '  %-44s' "$1"
}


# ready SECONDS COMMAND...: ends the line that step() began.
ready() {
    local began=$EPOCHREALTIME now

    if ! until_true "$@" >/dev/null 2>&1; then
        echo 'does not answer'
        return 1
    fi

    now=$EPOCHREALTIME
    printf 'ready (%d ms)\n' "$(((${now/[.,]/} - ${began/[.,]/}) / 1000))"
}


# The newest installed PostgreSQL's programs.
postgres_programs() {
    local dir
    dir=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -x "$dir/initdb" ] && printf '%s\n' "$dir"
}


# answers CURL-ARGUMENT...: whether there is a good answer now, whatever proxy
# or .curlrc the caller has.
answers() {
    curl -q --noproxy '*' --silent --fail --max-time 5 --output /dev/null "$@"
}


# A cluster for this run alone: its data is thrown away, so it need not be
# safe against a loss of power.
start_postgres() {
    local programs
    programs=$(postgres_programs)

    step 'PostgreSQL, a new cluster'
    as_service "$programs/initdb" --pgdata="$STATE/postgres" --auth=trust \
        --username=partner --encoding=UTF8 --no-locale --no-sync \
        >"$RUN/log/initdb.log" 2>&1 || return 1

    launch_service postgres "$programs/postgres" -D "$STATE/postgres" \
        -k "$STATE" -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c shared_buffers=64MB
    ready 30 "$programs/pg_isready" --quiet --host="$STATE"
}


start_redis() {
    step 'Redis, empty, memory only'
    launch_service redis redis-server --port 0 --daemonize no \
        --unixsocket "$STATE/redis.sock" --unixsocketperm 700 \
        --dir "$STATE" --save '' --appendonly no
    ready 10 redis-cli -s "$STATE/redis.sock" ping
}


start_sandbox() {
    step 'sandbox: rides, leads, policies'
    launch_service sandbox "$BIN/sandbox" \
        --listen "unix:$STATE/sandbox.sock" --seed 1
    ready 10 answers --unix-socket "$STATE/sandbox.sock" http://sandbox/v1/echo
}


migrate() {
    step 'migrations'
    as_service "$BIN/partnerd" migrate >>"$RUN/log/migrate.log" 2>&1 \
        || return 1
    echo 'done'
}


# The relay writes it when every key is in Redis.
projected() {
    [ "$(redis-cli -s "$STATE/redis.sock" exists partner:projection)" = 1 ]
}


# Keys of personal data and of reports, for the user that partnerd runs as.
make_keys() {
    as_service sh -c 'umask 077
        mkdir -p "$1" && openssl rand -hex 32 >"$2" \
            && openssl genpkey -algorithm ed25519 -out "$3"' - \
        "$PARTNERD_SUBJECT_KEYS" "$PARTNERD_MASTER_KEY" "$PARTNERD_REPORT_KEY"
}


start_partnerd() {
    make_keys || return 1

    step 'partnerd serve'
    launch_service serve "$BIN/partnerd" serve
    ready 15 answers --unix-socket "$STATE/partnerd.sock" \
        http://partnerd/api/ready \
        || return 1

    step 'partnerd work'
    launch_service work "$BIN/partnerd" work
    ready 15 projected
}


certificate() {
    step 'certificate for localhost, self-signed'
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 30 -subj /CN=localhost \
        -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
        -keyout "$RUN/tls/localhost.key" -out "$RUN/tls/localhost.crt" \
        2>"$RUN/log/openssl.log" || return 1
    echo 'done'
}


# Fills in conf/demo.conf.in; %%NAME%% stands for a value.
configure_nginx() {
    local user=
    [ "$(id -u)" -ne 0 ] || user='user nobody nogroup;'

    sed -e "s|%%MODULE%%|$BUILD/ngx_http_partner_module.so|g" \
        -e "s|%%TOP%%|$TOP|g" \
        -e "s|%%USER%%|$user|g" -e "s|%%STATE%%|$STATE|g" \
        -e "s|%%RUN%%|$RUN|g" -e "s|%%PORT_HTTP%%|$PORT_HTTP|g" \
        -e "s|%%PORT_TLS%%|$PORT_TLS|g" "$TOP/conf/demo.conf.in" \
        >"$RUN/nginx.conf"
}


start_nginx() {
    step "nginx on $PORT_HTTP and $PORT_TLS"
    configure_nginx

    "$NGINX" -t -q -p "$STATE" -e "$RUN/log/nginx.log" -c "$RUN/nginx.conf" \
        2>"$RUN/log/nginx-check.log" || return 1

    launch nginx "$NGINX" -p "$STATE" -e "$RUN/log/nginx.log" \
        -c "$RUN/nginx.conf"
    ready 10 answers "http://127.0.0.1:$PORT_HTTP/api/health"
}


# start NAME LOG COMMAND...: or say where to look, and give up.
start() {
    local name=$1 log=$2
    shift 2

    "$@" && return 0
    tail -n 5 "$RUN/log/$log.log" 2>/dev/null | sed 's/^/    | /' >&2
    give_up "$name did not start, see $RUN/log/$log.log"
}


start_services() {
    heading 'Services'

    start PostgreSQL postgres start_postgres
    start Redis redis start_redis
    start 'the sandbox' sandbox start_sandbox
    start 'the migration' migrate migrate
    start partnerd serve start_partnerd
    start 'the certificate' openssl certificate
    start nginx nginx start_nginx
}
