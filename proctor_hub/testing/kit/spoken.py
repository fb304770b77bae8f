"""What is logged or printed while a block runs."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout


@contextmanager
def spoken() -> Iterator[Callable[[], str]]:
    """Everything said at INFO and above, and all that is printed; ask inside or after the block."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setLevel(logging.INFO)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(min(before, logging.INFO))
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard.getvalue
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
