from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from proctor_hub.jobs.shares import shares

UNITS = st.sets(st.text("abcdef/:", min_size=1, max_size=8), max_size=20)


@given(UNITS, st.integers(1, 7))
def test_shares_add_up_and_none_is_larger_by_more_than_one(names: set[str], count: int) -> None:
    live = [f"w{n + 1}" for n in range(count)]
    owners: dict[str, str] = {}
    for _ in range(3):
        for me in live:
            found = shares(names, owners, me, live)
            assert not set(found.take) & set(owners)
            owners |= dict.fromkeys(found.take, me)
            for name in found.spare:
                del owners[name]
    assert set(owners) == names
    sizes = [list(owners.values()).count(me) for me in live]
    assert max(sizes) - min(sizes) <= 1
    for me in live:
        assert shares(names, owners, me, live).spare == frozenset(), "nothing moves any more"


def test_what_others_do_not_know_of_is_taken_by_who_does() -> None:
    live = ["w1", "w2"]
    ours = {"a", "b", "c", "d"}
    owners = dict.fromkeys(shares(ours, {}, "w1", live).take, "w1")
    assert len(owners) == 2
    rest = ours - set(owners)
    assert set(shares(ours, owners, "w1", live).take) == set(), "w2 may take them"
    assert set(shares(ours, owners, "w1", live, rest).take) == rest, "it did not"
