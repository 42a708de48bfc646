#!/usr/bin/env bash
# Installs the system packages that Capstan is built and tested with, when they are missing. Safe to run again and again:
# with everything in place it takes a moment, needs neither root nor network, and changes nothing.
# Docs/decisions/0002-system-libraries.md says what each package is for. With `engine` it sees to a container engine too,
# which only tests use, and only as root: they start one of their own and stop it. Without one these tests are skipped,
# so what cannot be had of that is said and is no failure.
set -euo pipefail

packages=(
    libsqlite3-dev          # GRDB: the hub's registry and the spoke's journal
    libssl-dev openssl      # the foreign TLS peer of the tests
    libcurl4-openssl-dev curl # the foreign HTTP peer of the tests
)

if [ "${1:-}" = engine ] && [ "$(id -u)" -eq 0 ]; then
    packages+=(busybox-static) # what the image of the tests is made of
    # Whoever has an engine keeps it: Docker's own package and Debian's exclude each other.
    command -v dockerd >/dev/null 2>&1 || packages+=(docker.io)
    packages+=(podman)          # the other engine
    packages+=(docker-registry) # where images are pulled from
    packages+=(asciinema)       # plays what sessions are exported as
    packages+=(git lighttpd)    # a repository behind a web server, cloned through a tunnel
    packages+=(websocketd)      # an application that speaks WebSocket, reached through a tunnel
    # Installed, not started.
    export RUNLEVEL=1
fi

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

if ! command -v "${SWIFT:-swift}" >/dev/null 2>&1; then
    fail "no Swift toolchain found; Capstan needs Swift 6.2 or later: https://www.swift.org/install/linux/"
fi

if [ "$(uname -s)" != Linux ]; then
    echo "setup: not Linux, nothing to install; SQLite 3.40 or later, openssl and curl are expected" >&2
    exit 0
fi

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    fail "this is not a Debian-like system, so packages are not installed for you." \
        "Install the development files of SQLite, OpenSSL and curl and the tools openssl and curl by hand," \
        "then build with: swift build"
fi

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ "${#missing[@]}" -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        fail "root is needed to install: ${missing[*]}" "Run as root: apt-get install -y ${missing[*]}"
    fi
    as_root=(sudo)
fi

echo "setup: installing ${missing[*]}" >&2
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}")
# The package lists may be missing or old: they are fetched only when the first try shows it.
if ! "${install[@]}" >&2; then
    "${as_root[@]}" apt-get update >&2
    "${install[@]}" >&2 && exit 0
    [ "${1:-}" != engine ] || { echo "setup: going on without ${missing[*]}" >&2; exit 0; }
    fail "could not install ${missing[*]}; see the messages of apt-get above"
fi
