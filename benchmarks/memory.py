"""How much memory this process has, and had at most (Linux)."""

from __future__ import annotations

from pathlib import Path

_SELF = Path("/proc/self")


def resident_mb() -> float:
    """Resident memory now."""
    return _status("VmRSS")


def forget_peak() -> None:
    """Let :func:`peak_mb` begin anew."""
    (_SELF / "clear_refs").write_text("5")


def peak_mb() -> float:
    """The most resident memory since the start or :func:`forget_peak`."""
    return _status("VmHWM")


def peak_mb_of(pid: int) -> float:
    """The most resident memory another process had; 0 where it is gone."""
    try:
        return _status("VmHWM", Path(f"/proc/{pid}"))
    except (OSError, LookupError):
        return 0.0


def _status(key: str, process: Path = _SELF) -> float:
    for line in (process / "status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) / 1024
    raise LookupError(key)
