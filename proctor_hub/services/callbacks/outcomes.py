"""What became of a callback: the code words of a ``CallbackOutcome``, sorted by what they allow."""

EFFECTIVE = frozenset({"applied", "stored", "unchanged"})
"""It was taken: an event need not be told again, a kept callback not be replayed."""

REPLAYABLE = frozenset({"unmatched", "unparsable", "conflict", "refused"})
"""Outcomes after which a kept callback can be taken again."""
