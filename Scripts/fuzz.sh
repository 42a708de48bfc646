#!/usr/bin/env bash
# Fuzzes what reads bytes of others: fuzz.sh [SECONDS for each target]. ONLY=name takes one target.
# Everything it makes lies in .build-fuzz: the build, and in corpora/ for each target the seeds, what was learnt from
# them (kept for the next time), the inputs that were found, and the log.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
build=.build-fuzz
corpora=$build/corpora
# The same versions as the product has.
[ ! -e Package.resolved ] || cp Package.resolved Fuzz/Package.resolved
"${SWIFT:-swift}" build -c release --package-path Fuzz --scratch-path $build
fuzz=$build/release/fuzz
mkdir -p $corpora
# What the library of regular expressions does not give back is no finding.
ASAN_OPTIONS=detect_leaks=0 $fuzz prepare $corpora

findings=0
for target in ${ONLY:-$($fuzz list)}; do
    folder=$corpora/$target
    mkdir -p "$folder/learnt" "$folder/found"
    # Swift's own report of a crash is of no use here, and would be taken for another one.
    export SWIFT_BACKTRACE=enable=no
    options=(-max_total_time="$seconds" -max_len="$(cat "$folder/largest")" -timeout=60 -use_value_profile=1
        -rss_limit_mb=2048 -malloc_limit_mb=256 -print_final_stats=1 -artifact_prefix="$folder/found/")
    [ ! -s "$folder/words" ] || options+=(-dict="$folder/words")
    code=0
    $fuzz --target="$target" "${options[@]}" "$folder/learnt" "$folder/seeds" > "$folder/log" 2>&1 || code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log" | tail -n 1)
    edges=$(grep -ao ' cov: [0-9]*' "$folder/log" | tail -n 1 | tr -dc '0-9' || true)
    echo "$target: ${runs:-?} executions in at most $seconds s, ${edges:-?} edges, $([ $code = 0 ] && echo 'no finding' || echo 'A FINDING')"
    [ $code = 0 ] && continue
    findings=$((findings + 1))
    grep -a 'does not hold\|^==.*ERROR\|Fatal error' "$folder/log" | cut -c 1-1000 || tail -n 5 "$folder/log"
    for input in $(sed -n 's/.*Test unit written to //p' "$folder/log"); do
        echo "replay it: SWIFT_BACKTRACE=enable=no $fuzz --target=$target $input"
    done
done
[ $findings = 0 ]
