#!/usr/bin/env bash
# Renting on this machine, with no account anywhere: the provider is a container engine, each machine a container. The engine is
# a Podman of the demo's own in a temporary folder, so that nothing of yours is touched, and its one image is made of
# this machine's files. Whatever ends the demo, nothing is left of it.
set -euo pipefail
. "$(dirname "$0")/demo-lib.sh"

command -v podman >/dev/null || { echo "demo: needs Podman; as root Scripts/setup.sh engine installs it" >&2; exit 1; }

socket=$home/engine.sock
# Of a registry that is not there: nothing is asked of anybody.
image=127.0.0.1:1/machine
engine=(
    env HOME="$home" CONTAINERS_STORAGE_CONF="$home/storage.conf" CONTAINERS_CONF="$home/containers.conf" podman
)
also_stop() {
    "${engine[@]}" rm --all --force --time 0 >/dev/null 2>&1
    grep -o "$home[^ ]*" /proc/mounts | sort -r | xargs -r umount -l
}

say "1. A container engine of its own, with an image of this machine's files"
printf '[storage]\ndriver = "vfs"\ngraphroot = "%s/data"\nrunroot = "%s/run"\n' "$home" "$home" >"$home/storage.conf"
cat >"$home/containers.conf" <<END
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
$(! command -v runc >/dev/null || echo 'runtime = "runc"')
tmp_dir = "$home/tmp"
[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
END
Scripts/machine-image.sh "$home/image.tar" "$capstan"
"${engine[@]}" import --quiet "$home/image.tar" "$image" >"$home/engine.out" 2>&1 || { cat "$home/engine.out" >&2; exit 1; }
rm "$home/image.tar"
start "$home/engine.out" "${engine[@]}" system service --time=0 "unix://$socket"
for _ in $(seq 1 200); do [ ! -S "$socket" ] || break; sleep 0.05; done
"${engine[@]}" images --format '{{.Repository}} {{.Size}}'

say "2. A hub that hands out its own program, with the engine as a provider, and a budget"
start_hub "127.0.0.1:$(free_port)" --rent-listing 2s --rent-lease 1m
show provider import local builtin:local --server "unix://$socket"
show budget set day 1

say "3. What is rented out there"
show provider offers

say "4. A program for which no machine is there: one is rented, gets the hub's program, joins, and runs it"
code=0
show run --name training --rent --max-price 0.05 --image "$image" -- \
    sh -c 'for epoch in 1 2 3; do echo "epoch $epoch"; sleep 0.2; done; echo "loss is too high" >&2; exit 3' || code=$?
echo "exit code: $code"
show workload show training
show workload receipt training --verify

say "5. What burns"
show instance list
show budget list
printf '$ podman ps\n'; "${engine[@]}" ps --format '{{.Names}}  {{.Status}}'

say "6. It is given back, and a listing proves that it is gone"
node=$("$capstan" node list --quiet)
show instance release "${node##*-}"
show instance list
left=$("${engine[@]}" ps --all --quiet | wc -l)
echo "containers on the engine: $left"
[ "$left" -eq 0 ] || { echo "demo: something is left" >&2; exit 1; }

say "That was it; everything is stopped and removed."
echo "Next: Docs/renting.md for what it costs and who ends it, Docs/mappings.md for other providers."
