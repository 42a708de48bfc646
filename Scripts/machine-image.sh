#!/usr/bin/env bash
# Writes a tar of a file system made of this machine's own files, for an engine to import: a shell, the tools that a rented
# machine begins with, and the libraries that they and a program need, each where it is here. No registry has to be reached.
# machine-image.sh TAR PROGRAM
set -euo pipefail
tar=$1 program=$2

# Where a container looks.
PATH=/usr/bin:/bin
tools=(sh bash env mkdir sha256sum cut rm chmod sleep uname base64 cat date)
files=()
for tool in "${tools[@]}"; do
    path=$(command -v "$tool") || { echo "machine-image: this machine has no $tool" >&2; exit 1; }
    files+=("$path")
done
# The program itself comes from its hub.
libraries=$(for file in "${files[@]}" "$program"; do ldd "$file"; done | grep -o '/[^ ]*' | grep -v ':$' | sort -u)

# What is a link here is a file there.
tar --create --dereference --no-recursion --absolute-names --transform 's,^/,,' --file "$tar" /tmp "${files[@]}" $libraries
