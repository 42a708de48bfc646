#!/usr/bin/env bash
# The main job on this machine: a hub, three spokes that enrol by token, a program, a scheduled workload with its receipt.
# Everything lives in a temporary directory and on loopback. KEEP=1 leaves it running and says how to use it.
set -euo pipefail
cd "$(dirname "$0")/.."

capstan=${CAPSTAN:-$(swift build -c "${CONFIGURATION:-debug}" --show-bin-path)/capstan}
[ -x "$capstan" ] || { echo "demo: $capstan is not built; run: make build" >&2; exit 1; }

home=$(mktemp -d "${TMPDIR:-/tmp}/capstan-demo.XXXXXX")
export CAPSTAN_CONFIG_DIR=$home/config
unset CAPSTAN_CONTEXT CAPSTAN_STATE_DIR CAPSTAN_JOIN
pids=()

stop() {
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$home"
}
trap stop EXIT
trap 'stop; exit 130' INT TERM

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

say "1. A hub, with its key, its database and you as its operator"
port=$(free_port)
"$capstan" hub init --state-dir "$home/hub" --advertise "127.0.0.1:$port" --quiet >"$home/first-token"
"$capstan" hub serve --state-dir "$home/hub" --listen "127.0.0.1:$port" --http 127.0.0.1:0 >"$home/hub.out" 2>&1 &
pids+=($!)
await hub_started "$home/hub.out"
cat "$home/hub.out"

say "2. Three machines join, each with a single-use token"
join() {
    local name=$1; shift
    "$capstan" token create --quiet >"$home/$name.token"
    "$capstan" spoke join "@$home/$name.token" --state-dir "$home/$name" --name "$name" --quiet "$@"
    "$capstan" spoke run --state-dir "$home/$name" >"$home/$name.out" 2>&1 &
    pids+=($!)
}
join ash --label disk=ssd --label zone=a
join oak --label disk=ssd --label zone=b
join gpu-1 --label gpu=true --label zone=b
for name in ash oak gpu-1; do await spoke_connected "$home/$name.out"; done
show node list

say "3. A program on a node: its output, and its exit code as ours"
show exec ash -- uname -sm
code=0; show exec oak -- sh -c 'echo "to stderr" >&2; exit 7' || code=$?
echo "exit code: $code"
show exec --label disk=ssd -- hostname

say "4. A workload, placed on whichever node fits, followed live"
code=0
show run --name training --label gpu=true --cpus 0.5 -- \
    sh -c 'for epoch in 1 2 3; do echo "epoch $epoch"; sleep 0.2; done; echo "loss is too high" >&2; exit 3' || code=$?
echo "exit code: $code"
show workload list
show workload receipt training --verify

say "5. What happened, from the hub's log"
show events --kind workload --kind attempt

if [ "${KEEP:-0}" = 1 ]; then
    say "It goes on running. In another terminal:"
    echo "  export CAPSTAN_CONFIG_DIR=$CAPSTAN_CONFIG_DIR"
    echo "  $capstan node list"
    echo "Ctrl-C here stops it and removes $home."
    wait
fi

say "That was it; everything is stopped and removed."
echo "Next: the tour in README.md, Docs/architecture.md for how it works, make demo KEEP=1 to play with it."
