# What the demos have in common; to be sourced. It stands at the root of the repository afterwards, with $capstan the program,
# $home a temporary folder, $pids what is to be stopped, and whatever happens `stop` cleans up: `also_stop`, where a demo has
# one, before the folder goes.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

capstan=${CAPSTAN:-$(swift build -c "${CONFIGURATION:-debug}" --show-bin-path)/capstan}
[ -x "$capstan" ] || { echo "demo: $capstan is not built; run: make build" >&2; exit 1; }

home=$(mktemp -d "${TMPDIR:-/tmp}/capstan-demo.XXXXXX")
export CAPSTAN_CONFIG_DIR=$home/config
unset CAPSTAN_CONTEXT CAPSTAN_STATE_DIR CAPSTAN_JOIN
pids=()

stop() {
    trap '' INT TERM HUP
    trap - EXIT
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    ! declare -F also_stop >/dev/null || also_stop || true
    rm -rf "$home"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM HUP

# Starts a program in the background, out of Ctrl-C's reach: who is stopped by that needs it to stop well.
start() {
    local out=$1; shift
    setsid "$@" >"$out" 2>&1 &
    pids+=($!)
}
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# Shows a command as one would type it, then runs it.
show() { printf '$ capstan %s\n' "$(printf '%q ' "$@" | sed 's/ $//')"; "$capstan" "$@"; }
# Waits up to 10 s for a line in a file.
await() {
    for _ in $(seq 1 200); do
        grep -q "$1" "$2" 2>/dev/null && return 0
        sleep 0.05
    done
    echo "demo: no $1 in $2:" >&2; cat "$2" >&2; exit 1
}
# A port on loopback where nothing answers.
free_port() {
    local port
    while port=$((20000 + RANDOM % 30000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}
# Makes a hub on loopback and starts it: start_hub HTTP [OPTION...]
start_hub() {
    local port http=$1; shift
    port=$(free_port)
    "$capstan" hub init --state-dir "$home/hub" --advertise "127.0.0.1:$port" --quiet >"$home/first-token"
    start "$home/hub.out" "$capstan" hub serve --state-dir "$home/hub" --listen "127.0.0.1:$port" --http "$http" "$@"
    await hub_started "$home/hub.out"
    cat "$home/hub.out"
}
