#!/usr/bin/env bash
# Fails when a relative link in a Markdown file of the repository points nowhere: a missing file, or a heading that is gone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The anchors of a document, as the forges make them from its headings.
anchors() {
    awk '/^```/ { fenced = !fenced } !fenced && /^#+ / { sub(/^#+ +/, ""); print tolower($0) }' "$1" |
        sed -E 's/`//g; s/[^[:alnum:] _-]//g; s/ /-/g'
}

# Link targets outside fenced code and code spans, one a line.
targets() {
    awk '/^ *```/ { fenced = !fenced; next } !fenced { gsub(/`[^`]*`/, ""); print }' "$1" |
        grep -oE '\]\([^)[:space:]]+\)' | sed -E 's/^\]\(//; s/\)$//' || true
}

broken=0
documents=0
while IFS= read -r -d '' document; do
    documents=$((documents + 1))
    while IFS= read -r target; do
        case "$target" in
        "" | http://* | https://* | mailto:*) continue ;;
        esac
        path="${target%%#*}"
        anchor=""
        case "$target" in *#*) anchor="${target#*#}" ;; esac
        file="$document"
        [ -z "$path" ] || file="$(dirname "$document")/$path"
        if [ ! -e "$file" ]; then
            echo "$document: no such file: $target" >&2
            broken=$((broken + 1))
        elif [ -n "$anchor" ] && [[ "$file" == *.md ]] && ! anchors "$file" | grep -qxF -- "$anchor"; then
            echo "$document: no such heading: $target" >&2
            broken=$((broken + 1))
        fi
    done < <(targets "$document")
done < <(find . -name '*.md' -not -path '*/.build*' -not -path './.git/*' -print0)

if [ "$documents" -eq 0 ]; then
    echo "check-docs: no Markdown file found" >&2
    exit 1
fi
[ "$broken" -eq 0 ] || exit 1
