"""``statuses.svg``: the transition table as a picture; places are chosen here, arrows are read."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from proctor_hub.domain.moves import MOVES
from proctor_hub.domain.words import ONBOARDING_REFUSALS, AttemptStatus

S = AttemptStatus
_REFUSALS = "onboarding_*"
_ENDS = (S.DECLINED, S.EXPIRED, S.ERROR)
_WIDTH, _HEIGHT = 1190, 600
_BOX = (200, 40)
_STEP = 110

_PLACES: dict[str, tuple[int, int]] = {
    _REFUSALS: (20, 40),
    S.CREATED: (20, 150),
    S.DOWNLOAD_SOFTWARE_CLICKED: (20, 260),
    S.READY_TO_START: (260, 205),
    S.STARTED: (260, 95),
    S.READY_TO_SUBMIT: (500, 40),
    S.COMPLETED: (500, 150),
    S.TIMED_OUT: (500, 260),
    S.SUBMITTED: (740, 205),
    S.SECOND_REVIEW_REQUIRED: (740, 95),
    S.VERIFIED: (964, 40),
    S.REJECTED: (964, 260),
    S.ERROR: (964, 390),
    S.DECLINED: (20, 390),
    S.EXPIRED: (500, 390),
}

_FILLS: dict[str, str] = {S.VERIFIED: "#d9f2dd", S.REJECTED: "#f8dcd9"}


def node_of(status: AttemptStatus) -> str:
    """The box a status is drawn as; the refusals share one."""
    return _REFUSALS if status in ONBOARDING_REFUSALS else status


def arrows() -> list[tuple[str, str]]:
    """The arrows drawn; those at declined, expired and error are written in these boxes."""
    found = {(node_of(a), node_of(b)) for a, b in MOVES if a not in _ENDS and b not in _ENDS}
    order = list(_PLACES)
    return sorted(found, key=lambda pair: (order.index(pair[0]), order.index(pair[1])))


def notes(end: AttemptStatus) -> list[str]:
    """The moves that are written, not drawn: into ``end`` and out of it."""
    found = {node_of(a) for a, b in MOVES if b is end}
    into = [f"from {place}" for place in _PLACES if place in found]
    return into + [f"to {b}" for a, b in MOVES if a is end]


def build() -> str:
    """The picture."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13">'
    )
    lines = [
        head,
        "<title>The moves of an attempt</title>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#334"/>'
        "</marker></defs>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#fff"/>',
        *_arrows(),
        *(_box(name) for name in _PLACES),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _box(name: str) -> str:
    x, y = _PLACES[name]
    width, height = _BOX
    written = notes(S(name)) if name in _ENDS else []
    fill = _FILLS.get(name, "#e8eef7")
    tall = height + (6 + 16 * len(written) if written else 0)
    place = f'x="{x}" y="{y}" width="{width}" height="{tall}"'
    return "".join(
        [
            f'<rect {place} rx="6" fill="{fill}" stroke="#557"/>',
            _word(x, y + 25, name, 'fill="#112" font-weight="bold"'),
            *(
                _word(x, y + 44 + 16 * row, note, 'fill="#334" font-size="12"')
                for row, note in enumerate(written)
            ),
        ]
    )


def _word(x: int, y: int, word: str, style: str) -> str:
    return f'<text x="{x + 10}" y="{y}" {style}>{escape(word)}</text>'


def _arrows() -> Iterator[str]:
    drawn = set(arrows())
    for start, end in arrows():
        if (end, start) in drawn and (start, end) > (end, start):
            continue  # drawn with two heads
        tail = ' marker-start="url(#a)"' if (end, start) in drawn else ""
        yield (
            f'<path d="{_way(start, end)}" fill="none" stroke="#334" '
            f'marker-end="url(#a)"{tail}><title>{escape(start)} to {escape(end)}</title></path>'
        )


def _way(start: str, end: str) -> str:
    """From border to border: sideways between columns, up or down within one."""
    (ax, ay), (bx, by) = _PLACES[start], _PLACES[end]
    width, height = _BOX
    if ax != bx:
        right = bx > ax
        x1, x2 = ax + width * right, bx + width * (not right)
        return f"M{x1} {ay + height // 2}L{x2} {by + height // 2}"
    down = by > ay
    if abs(ay - by) <= _STEP:
        x = ax + width // 2
        return f"M{x} {ay + height * down}L{x} {by + height * (not down)}"
    # Past the box in between, at the side.
    x = ax + width
    return f"M{x} {ay + height // 2}h14V{by + height // 2}h-14"
