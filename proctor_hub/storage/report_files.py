"""Where report files are kept: a folder, or any object store that fsspec knows.

A report has a folder of its own, named by its code; a run writes ``<run>.part`` in it, and renames
it to ``<run>.csv`` when it is complete. So two runs never write the same file, and nothing that is
half-written bears the name of a report.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from proctor_hub.errors import ConfigurationError

T = TypeVar("T")
_READ_BYTES = 256 * 1024
_SAYS = "the storage of reports says: "


class StorageFailed(Exception):
    """The place where reports are kept does not do what it must; says why, without addresses."""


def file_of(run: int) -> str:
    """The name that a run's complete file has in its report's folder."""
    return f"{run}.csv"


def part_of(run: int) -> str:
    """The name that a run's file has while it is written."""
    return f"{run}.part"


class ReportFiles:
    """Report files at one address. A backend's own errors become :class:`StorageFailed`.

    :param url: an fsspec URL of a folder, or a path. :param options: what its backend needs, such
        as keys: never printed.
    :raises ConfigurationError: fsspec does not know the address, or it is this process's memory.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self.url = url
        self.options = dict(options or {})
        if "memory" in url.split("://")[0].split("::"):
            raise ConfigurationError(
                "[reports] url: memory:// cannot be used: reports are written by a process of "
                "their own; name a folder or an object store"
            )
        try:
            self._fs, self._root = fsspec.url_to_fs(url, **self.options)
        # Backends raise what they like; their texts can hold addresses and keys.
        except Exception as error:
            reason = str(error) if isinstance(error, ImportError) else type(error).__name__
            raise ConfigurationError(
                f"[reports] url: reports cannot be kept there ({reason}); correct url and "
                "storage_options, and install what the kind of storage needs"
            ) from None

    def __repr__(self) -> str:
        """Without address and options: both may hold secrets."""
        return "ReportFiles(…)"

    @contextmanager
    def writing(self, code: str, name: str) -> Iterator[Callable[[bytes], Any]]:
        """Write a file of the report; complete and on the disk when the block is left.

        A local folder is made, with the process's umask.
        """
        folder = self._path(code)
        _told(lambda: self._fs.makedirs(folder, exist_ok=True))
        file = _told(lambda: self._fs.open(f"{folder}/{name}", "wb"))
        try:
            yield lambda data: _told(lambda: file.write(data))
            _told(file.flush)
            if hasattr(file, "raw"):  # a file of this machine's
                _told(lambda: os.fsync(file.fileno()))
        finally:
            _told(file.close)

    def rename(self, code: str, name: str, new: str) -> None:
        """Give a complete file its final name."""
        folder = self._path(code)
        _told(lambda: self._fs.mv(f"{folder}/{name}", f"{folder}/{new}"))

    def open(self, code: str, name: str) -> Iterator[bytes]:
        """The file in chunks; it is opened at once and closed with the iterator.

        :raises FileNotFoundError: there is none.
        """
        path = f"{self._path(code)}/{name}"
        file = _told(lambda: self._fs.open(path, "rb"))

        def chunks() -> Iterator[bytes]:
            with file:
                while data := _told(lambda: file.read(_READ_BYTES)):
                    yield bytes(data)

        return chunks()

    def names(self, code: str) -> list[str]:
        """The names of the report's files, in alphabetical order."""
        folder = self._path(code)

        def found() -> list[str]:
            self._fs.invalidate_cache()
            return sorted(str(path).rsplit("/", 1)[-1] for path in self._fs.ls(folder, False))

        try:
            return _told(found)
        except FileNotFoundError:
            return []

    def remove(self, code: str, name: str) -> None:
        """Remove a file of the report, if it is there."""
        try:
            _told(lambda: self._fs.rm(f"{self._path(code)}/{name}"))
        except FileNotFoundError:
            return  # somebody else was faster

    def remove_others(self, code: str, *kept: str) -> None:
        """Remove what earlier runs left of the report."""
        for name in self.names(code):
            if name not in kept:
                self.remove(code, name)

    def remove_all(self, code: str) -> None:
        """Remove the report's files and its folder."""
        self.remove_others(code)
        try:
            _told(lambda: self._fs.rm(self._path(code), recursive=True))
        except FileNotFoundError:
            return  # object stores have no empty folders

    def check(self) -> None:
        """Look whether the place answers; a folder: whether it may be written or made.

        Changes nothing. :raises StorageFailed: it does not answer, or may not.
        """
        _told(lambda: self._fs.exists(self._root))
        if isinstance(self._fs, LocalFileSystem):
            place = Path(self._root)
            there = next(one for one in (place, *place.parents) if one.exists())
            if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
                raise StorageFailed(f"{_SAYS}{there} is no folder that this user may write to")

    def _path(self, code: str) -> str:
        return f"{self._root.rstrip('/')}/{code}"


def _told(call: Callable[[], T]) -> T:
    """What the call returns. Each backend has errors of its own, so all are caught here."""
    try:
        return call()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageFailed(_SAYS + (error.strerror or type(error).__name__)) from error
    except Exception as error:
        raise StorageFailed(_SAYS + type(error).__name__) from error
