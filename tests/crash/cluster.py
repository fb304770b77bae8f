"""A PostgreSQL server of a test's own, which it may stop as it likes."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class Cluster:
    """A private server on a socket in ``folder``; see :func:`cluster`."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self.url = f"postgresql+psycopg://proctor_hub@/postgres?host={folder}"

    def start(self) -> None:
        """Start it; returns once it answers."""
        options = f"-k {self._folder} -c listen_addresses= -c fsync=off -c max_connections=60"
        self._run("pg_ctl", "start", "-w", "-t", "60", "-l", f"{self._folder}/log", "-o", options)

    def stop(self) -> None:
        """End it as a crash does: no checkpoint, every connection cut."""
        self._run("pg_ctl", "stop", "-m", "immediate")

    def create(self) -> None:
        """Make its data folder."""
        self._run(
            "initdb", "--no-sync", "-U", "proctor_hub", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8",
        )  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root: then it runs as Debian's user for it.
        owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        command = [str(self._programs / program), "-D", f"{self._folder}/data", *arguments]
        done = subprocess.run(
            [*(owner if os.getuid() == 0 else []), *command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (program, arguments[0], done.stderr)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that runs; gone afterwards."""
    found = subprocess.run(
        [str(REPOSITORY / "scripts/system.sh"), "ensure-postgresql"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    # Its socket's path must be short, and its user must be able to reach it.
    folder = Path(tempfile.mkdtemp(prefix="proctor-hub-crash."))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        server = Cluster(Path(found.stdout.strip()), folder)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
