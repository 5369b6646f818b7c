# Programs that run beside us: begun in sessions of their own, known by pid,
# start time and boot, and ended by that alone.  Needs $RUN and $STATE.
# shellcheck shell=bash

BOOT=$(cat /proc/sys/kernel/random/boot_id)


# Reads a process' state, session and start time into $STATE_OF, $SESSION_OF
# and $START_OF, without a fork: this runs for every process there is.  The name
# in parentheses may itself hold blanks, so fields are counted from behind it.
look_at() {
    local stat='' fields

    IFS= read -r -d '' stat 2>/dev/null <"/proc/$1/stat"
    # shellcheck disable=SC2206
    fields=(${stat##*) })

    [ ${#fields[@]} -gt 19 ] || return 1
    STATE_OF=${fields[0]}    # field 3 of proc(5)
    SESSION_OF=${fields[3]}  # 6
    START_OF=${fields[19]}   # 22, in ticks since the boot
    [ "$STATE_OF" != Z ]
}


# What tells a process from a later one with the same pid.
identity() {
    look_at "$1" && printf '%s %s %s\n' "$1" "$START_OF" "$BOOT"
}


# remember NAME PID: so that `tools/stop` finds it, after a crash as well.
remember() {
    identity "$2" >"$RUN/pids/$1"
}


# The pid that was remembered, running or not.
pid_of() {
    local pid
    read -r pid _ 2>/dev/null <"$RUN/pids/$1" && printf '%s\n' "$pid"
}


# Whether the process that was remembered under NAME still runs.
alive() {
    local pid start boot

    read -r pid start boot 2>/dev/null <"$RUN/pids/$1" \
        && [ "$boot" = "$BOOT" ] && look_at "$pid" \
        && [ "$START_OF" = "$start" ]
}


# Descendants that outlived a leader which died: members of its session that
# are not older than it was.  A kernel gives a pid anew only when no session
# bears its number.
orphans() {
    local leader start boot pid

    read -r leader start boot 2>/dev/null <"$RUN/pids/$1" || return 0
    [ "$boot" = "$BOOT" ] || return 0

    # somebody else has the pid now, so no session of that number was left
    START_OF=
    look_at "$leader" && return 0
    [ -z "$START_OF" ] || [ "$START_OF" = "$start" ] || return 0

    for pid in /proc/[0-9]*; do
        pid=${pid#/proc/}

        if look_at "$pid" && [ "$SESSION_OF" = "$leader" ] \
            && [ "$START_OF" -ge "$start" ]
        then
            printf '%s\n' "$pid"
        fi
    done
}


# until_true SECONDS COMMAND...: polls; 1 when the deadline passes first.
until_true() {
    local ticks=$(($1 * 50))
    shift

    until "$@"; do
        [ $((ticks -= 1)) -gt 0 ] || return 1
        sleep 0.02
    done
}


# Services do not run as root, and PostgreSQL would refuse to.
as_service() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"
    else
        "$@"
    fi
}


# launch NAME COMMAND...: in the background, output to a log of its name.
# Descriptor 9 is the run's lock, which must not outlive it, and 3 its terminal.
launch() {
    local name=$1
    shift

    (cd "$STATE" && exec setsid "$@") \
        >>"$RUN/log/$name.log" 2>&1 </dev/null 3>&- 9>&- &
    remember "$name" $!
}


launch_service() {
    local name=$1 drop=()
    shift

    if [ "$(id -u)" -eq 0 ]; then
        drop=(setpriv --reuid=nobody --regid=nogroup --clear-groups --)
    fi

    launch "$name" "${drop[@]}" "$@"
}


gone() {
    ! alive "$1" && [ -z "$(orphans "$1")" ]
}


# signal_to NAME SIGNAL: the process, or what it left behind.
signal_to() {
    local pid

    if alive "$1"; then
        kill "-$2" "$(pid_of "$1")" 2>/dev/null
    fi

    for pid in $(orphans "$1"); do
        kill "-$2" "$pid" 2>/dev/null
    done
}


# Whether the process, told to end, is gone; stubborn ones are killed.
await_end() {
    until_true 10 gone "$1" && rm -f "$RUN/pids/$1" && return 0

    echo "$1 did not end when asked; killed" >&2
    signal_to "$1" KILL
    until_true 5 gone "$1" && rm -f "$RUN/pids/$1"
}


# Those that speak to others end before those they speak to.
end_all() {
    local name status=0

    for name in nginx sandbox work serve; do
        signal_to "$name" TERM
    done

    for name in nginx sandbox work serve; do
        await_end "$name" || status=1
    done

    signal_to redis TERM
    signal_to postgres INT

    for name in redis postgres; do
        await_end "$name" || status=1
    done

    return $status
}


# Removes what a run made, and keeps its logs.  A private directory elsewhere
# is written down in the run directory alone.  The pids go last: while they are
# there, the run has not ended.
remove_state() {
    local state

    if [ -e "$RUN/state" ]; then
        state=$(cat "$RUN/state")

        case $state in
        */partner-demo.??????) rm -rf -- "$state" ;;
        esac
    fi

    rm -rf -- "$RUN/state" "$RUN/private" "$RUN/tls" "$RUN/demo.env" \
        "$RUN/calls"
    rm -rf -- "$RUN/pids"
}
