#!/usr/bin/env bash
# The main job on this machine: a hub, three spokes that enrol by token, a program, a scheduled workload with its receipt.
# Everything lives in a temporary directory and on loopback. KEEP=1 leaves it running and says how to use it.
set -euo pipefail
. "$(dirname "$0")/demo-lib.sh"

say "1. A hub, with its key, its database and you as its operator"
start_hub 127.0.0.1:0

say "2. Three machines join, each with a single-use token"
join() {
    local name=$1; shift
    "$capstan" token create --quiet >"$home/$name.token"
    "$capstan" spoke join "@$home/$name.token" --state-dir "$home/$name" --name "$name" --quiet "$@"
    start "$home/$name.out" "$capstan" spoke run --state-dir "$home/$name"
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
