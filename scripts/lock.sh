#!/usr/bin/env bash
# Resolves the dependencies anew. requirements.lock: everything a developer needs;
# requirements-runtime.lock: the same versions, only what the three distributions need to run.
# Valid for every Python >= 3.11; names no index and no address.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
projects=(pyproject.toml plugins/*/pyproject.toml)
uv=(.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes
    --no-emit-index-url --no-emit-find-links --no-emit-package proctor-hub
    --custom-compile-command "make lock" ${UPGRADE:-})

"${uv[@]}" --all-extras --group dev -o requirements.lock "${projects[@]}"
"${uv[@]}" -c requirements.lock -o requirements-runtime.lock "${projects[@]}"
if grep -n '://' requirements.lock requirements-runtime.lock; then
    echo "make lock: a lock names an address (see above); it must not be committed." >&2
    exit 1
fi
