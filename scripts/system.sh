#!/usr/bin/env bash
# What the tests and benchmarks need from the system.
#
#   scripts/system.sh ensure-postgresql
#       prints the folder of PostgreSQL's programs (>= 15); installs Debian's where it is missing
#       and that is allowed (root, or sudo without a password), else fails with one sentence.
#   scripts/system.sh with-postgresql [--durable] COMMAND...
#       runs COMMAND with PROCTOR_HUB_TEST_POSTGRES set to a private server's URL that is gone
#       afterwards. A URL that is already set is used as it is. --durable keeps fsync on.
#   scripts/system.sh ensure-chromium
#       prints the path of Chromium: PROCTOR_HUB_TEST_CHROMIUM where that is set, else one on the
#       path, else Debian's, installed as above.
#   scripts/system.sh with-services COMMAND...
#       as with-postgresql, and with PROCTOR_HUB_TEST_CHROMIUM set to Chromium's path.
set -euo pipefail

die() { echo "$*" >&2; exit 1; }
server=""

find_postgresql() {
    local folder newest=""
    # Debian's folders by version, and before them whatever is on the path, behind its links.
    for folder in "$(dirname "$(readlink -f "$(command -v initdb || echo /nowhere/initdb)")")" \
        $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n); do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && [ -x "$folder/pg_isready" ] || continue
        [ "$("$folder/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')" -ge 15 ] || continue
        newest=$folder
    done
    [ -n "$newest" ] && echo "$newest"
}

apt_install() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo -n)
    fi
    echo "installing Debian's $* ..." >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" </dev/null >&2
}

ensure_postgresql() {
    find_postgresql && return
    apt_install postgresql && find_postgresql && return
    die "The tests need a PostgreSQL server, version 15 or newer: please install one (on Debian: apt-get install postgresql) or set PROCTOR_HUB_TEST_POSTGRES to the URL of one."
}

find_chromium() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        # Asked for its version: some of Ubuntu's only say what else to install.
        if command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    return 1
}

ensure_chromium() {
    local given=${PROCTOR_HUB_TEST_CHROMIUM:-}
    if [ -n "$given" ]; then
        [ -f "$given" ] && [ -x "$given" ] || die "PROCTOR_HUB_TEST_CHROMIUM is $given, which is no program: set it to the path of Chromium."
        echo "$given"
        return
    fi
    find_chromium && return
    apt_install chromium && find_chromium && return
    die "The browser tests need Chromium: please install it (on Debian: apt-get install chromium) or set PROCTOR_HUB_TEST_CHROMIUM to its path."
}

# Sets PROCTOR_HUB_TEST_POSTGRES. The server listens on a socket in a private folder only, so no
# port can clash and nobody else can connect. It dies with this shell, however that ends.
start_server() {
    local durable=$1 bin owner=() options=(-c listen_addresses= -c max_connections=100)
    bin=$(ensure_postgresql)
    folder=$(mktemp -d "${TMPDIR:-/tmp}/proctor-hub-pg.XXXXXX")
    [ "$(id -u)" -ne 0 ] || chown postgres "$folder"
    trap stop_server EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    [ "$durable" = yes ] || options+=(-c fsync=off -c synchronous_commit=off -c full_page_writes=off)
    # The server refuses to run as root: then it runs as Debian's user for it.
    [ "$(id -u)" -ne 0 ] || owner=(setpriv --reuid=postgres --regid=postgres --init-groups)
    (
        cd /
        exec "${owner[@]}" "$bin/initdb" --no-sync -D "$folder/data" -U proctor_hub --auth=trust \
            --encoding=UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1
    ) || die "PostgreSQL's initdb failed: $(tail -n 3 "$folder/initdb.log")"
    # A session of its own, so that an interrupt from the keyboard reaches the command first; exec
    # all the way, so that this shell is the parent whose death stops the server.
    (
        cd /
        exec "${owner[@]}" setsid setpriv --pdeathsig INT "$bin/postgres" -D "$folder/data" \
            -k "$folder" "${options[@]}" >"$folder/server.log" 2>&1
    ) &
    server=$!
    for _ in $(seq 150); do
        if "$bin/pg_isready" -q -h "$folder" 2>/dev/null; then
            export PROCTOR_HUB_TEST_POSTGRES="postgresql+psycopg://proctor_hub@/postgres?host=$folder"
            return
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    die "The private PostgreSQL server did not start: $(tail -n 3 "$folder/server.log")"
}

stop_server() {
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}

with_postgresql() {
    local durable=no
    if [ "${1:-}" = --durable ]; then durable=yes; shift; fi
    [ -n "${PROCTOR_HUB_TEST_POSTGRES:-}" ] || start_server "$durable"
    "$@"
}

with_services() {
    PROCTOR_HUB_TEST_CHROMIUM=$(ensure_chromium)
    export PROCTOR_HUB_TEST_CHROMIUM
    with_postgresql "$@"
}

case "${1:-}" in
    ensure-postgresql) ensure_postgresql ;;
    with-postgresql) shift; with_postgresql "$@" ;;
    ensure-chromium) ensure_chromium ;;
    with-services) shift; with_services "$@" ;;
    *) die "usage: scripts/system.sh ensure-postgresql | with-postgresql [--durable] COMMAND... | ensure-chromium | with-services COMMAND..." ;;
esac
