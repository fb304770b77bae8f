#!/usr/bin/env bash
# Makes .venv from nothing but Python >= 3.11: uv, the locked packages, the three distributions.
#
# .venv/.ready names what the environment was made from (lock, projects, place). It is taken away
# before anything changes and written last, so a set-up killed in the middle is seen and redone.
set -euo pipefail
cd "$(dirname "$0")/.."
ready=.venv/.ready

die() { echo "proctor-hub set-up: $*" >&2; exit 1; }

inputs() {
    pwd -P
    cat requirements.lock pyproject.toml plugins/*/pyproject.toml scripts/bootstrap.sh | sha256sum
}

is_ready() {
    [ -f "$ready" ] && [ "$(cat "$ready")" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    die "please install Python 3.11 or newer (or name one: make PYTHON=/path/to/python3)."
}

# uv does not read pip's settings; a developer who set an index or a certificate for pip keeps them.
borrow_pip_settings() {
    local pip=(.venv/bin/python -m pip) value
    pip_setting() {
        "${pip[@]}" config get ":env:.$1" 2>/dev/null || "${pip[@]}" config get "global.$1" 2>/dev/null || true
    }
    if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
        value=$(pip_setting index-url)
        [ -z "$value" ] || export UV_DEFAULT_INDEX="$value"
    fi
    if [ -z "${SSL_CERT_FILE:-}" ]; then
        value=$(pip_setting cert)
        [ -z "$value" ] || export SSL_CERT_FILE="$value"
    fi
}

# uv itself comes by pip, in the locked version and with its hashes.
install_uv() {
    local pin
    pin=$(mktemp)
    awk '/^[^ ]/ { wanted = /^uv==/ } wanted' requirements.lock >"$pin"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$pin" \
        || { rm -f "$pin"; die "uv could not be installed; is the package index reachable?"; }
    rm -f "$pin"
}

make_environment() {
    local python plugin editables=(-e .)
    # Without the stamp the environment is half made, or not ours: start from nothing.
    if [ ! -f "$ready" ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
        python=$(find_python)
        "$python" -c 'import venv, ensurepip' 2>/dev/null \
            || die "please install Python's venv module (on Debian: apt-get install python3-venv)."
        echo "proctor-hub set-up: making .venv ..." >&2
        "$python" -m venv --clear .venv
    fi
    rm -f "$ready"
    borrow_pip_settings
    install_uv
    for plugin in plugins/*/; do editables+=(-e "./${plugin%/}"); done
    local uv=(.venv/bin/uv pip install --quiet --python .venv/bin/python)
    "${uv[@]}" --require-hashes -r requirements.lock
    "${uv[@]}" --no-deps --no-build-isolation "${editables[@]}"
    echo "$wanted" >"$ready.new"
    mv "$ready.new" "$ready"
}

wanted=$(inputs)
is_ready && exit 0
# Two at once would spoil each other's work; the second one waits and finds it done.
if command -v flock >/dev/null; then
    exec 9<"scripts/bootstrap.sh"
    flock 9
    is_ready && exit 0
fi
make_environment
