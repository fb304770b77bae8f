"""What the writing process is told, and what it says: lines of JSON on its standard streams.

The order holds the database's password and the storage's keys, so it goes through the pipe of
standard input: neither the list of processes nor anybody's environment shows it. As long as that
pipe is open, somebody waits for the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from proctor_hub.domain.report import ReportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One file to write. :param part: its name while it is written. :param name: afterwards."""

    database_url: str = field(repr=False)
    files_url: str = field(repr=False)
    files_options: Mapping[str, Any] = field(repr=False)
    kind: ReportKind
    course_pk: int
    course_id: str
    code: str
    part: str
    name: str

    def line(self) -> bytes:
        """As it goes into the pipe."""
        return json.dumps(asdict(self)).encode() + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of the writing process.

    :param rows: written so far, of ``total``. :param size: in bytes, once the file is complete.
    :param failed: why there will be none, without personal data, addresses or keys.
    """

    rows: int = 0
    total: int = 0
    size: int | None = None
    failed: str = ""

    def line(self) -> bytes:
        """As it goes into the pipe."""
        return json.dumps(asdict(self)).encode() + b"\n"


def order_in(line: bytes) -> Order:
    """The order of a line."""
    values = json.loads(line)
    return Order(**{**values, "kind": ReportKind(values["kind"])})


def said_in(line: bytes) -> Said:
    """What a line says."""
    return Said(**json.loads(line))
