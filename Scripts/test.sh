#!/usr/bin/env bash
# Runs `swift test` with the given arguments, and says at the end once more what failed: a run prints thousands of lines.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${SWIFT:-swift}" test "$@" 2>&1 | tee "$log"
code=${PIPESTATUS[0]}
if [ "$code" -ne 0 ]; then
    echo "what failed:"
    grep -a -A 8 -e '✘' -e 'error:' -e 'Fatal error' "$log" | cut -c 1-800 | grep -av -e '^◇' -e '^✔' | tail -n 100
fi
exit "$code"
