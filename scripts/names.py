"""House rules that no linter knows: vendor names, file sizes, registry hosts, the domain's purity.

Run by `make check`; exits 1 with one line per offence. Looks at every file that git tracks or
would track.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 400
VENDOR = re.compile(r"proctortrack|rpnow|verificient|software.?secure", re.IGNORECASE)
# Escaped, so that this file does not name them itself.
REGISTRY = re.compile(
    r"pypi\.(python\.)?org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com"
    r"|(deb|security|ftp)\.debian\.org"
)
CODE = {".py", ".html", ".css", ".js", ".sh", ".sql", ".mako", ".j2"}
# The one error tree has its root above the domain; what the domain may import is as pure as it is.
PURE = ("proctor_hub.domain", "proctor_hub.errors")
LOCKS = {"requirements.lock", "requirements-runtime.lock"}


def kept_files(root: Path) -> list[Path]:
    """Every file that git tracks or would track, relative to `root`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(Path(name) for name in listing.split("\0") if name and (root / name).is_file())


def is_host_code(path: Path) -> bool:
    """Whether vendor names are forbidden here: the host, but not the demo's data files."""
    if path.parts[0] != "proctor_hub":
        return False
    return path.parts[1] != "demo" or path.suffix in CODE


def is_pure(path: Path) -> bool:
    """Whether this module is the domain or something the domain may import."""
    module = ".".join(path.with_suffix("").parts)
    return path.suffix == ".py" and f"{module}.".startswith(tuple(f"{name}." for name in PURE))


def impure_imports(path: Path, text: str) -> Iterator[str]:
    """Imports of a pure module that are neither the standard library nor pure themselves."""
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        else:
            continue
        for name in names:
            if name.split(".")[0] in sys.stdlib_module_names:
                continue
            if not f"{name}.".startswith(tuple(f"{pure}." for pure in PURE)):
                yield name


def offences(path: Path, text: str) -> Iterator[str]:
    """What is wrong with one file, one sentence each."""
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if is_host_code(path) and VENDOR.search(line):
            yield f"{path}:{number}: a vendor's name in the host; it belongs in its plugin"
        if REGISTRY.search(line):
            yield f"{path}:{number}: names a package registry's host"
        if path.name in LOCKS and "://" in line:
            yield f"{path}:{number}: a lock names no address"
    if path.suffix in CODE and not path.name.endswith(".min.js") and len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, more than {MAX_LINES}; divide it"
    if is_pure(path):
        for name in impure_imports(path, text):
            yield f"{path}: imports {name}; the domain uses the standard library only"


def main(root: Path = ROOT) -> int:
    """Check the whole checkout; returns the process's exit code."""
    files = kept_files(root)
    found: list[str] = []
    for path in files:
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or another binary file has no lines
        found.extend(offences(path, text))
    for line in found:
        print(line)
    print(f"house rules: {len(files)} files, {len(found)} offences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
