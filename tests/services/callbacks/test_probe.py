"""The proof that a callback's address leads to this hub."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proctor_hub.services.callbacks import probe
from proctor_hub.services.keyring import Key, Keyring
from tests.support import KEYRING, START

OLD, NEW = Key("old", b"o" * 32), Key("new", b"n" * 32)


def test_who_holds_the_keys_asks_and_answers() -> None:
    question = probe.ask(KEYRING, START)
    answer = probe.answer(KEYRING, question, START)
    assert answer is not None
    assert probe.is_answer(KEYRING, question, answer)
    assert question != probe.ask(KEYRING, START)
    assert not probe.is_answer(KEYRING, probe.ask(KEYRING, START), answer)
    assert not probe.is_answer(KEYRING, question, question.rpartition(".")[2])


def test_nobody_else_is_answered() -> None:
    question = probe.ask(KEYRING, START)
    assert probe.answer(Keyring([NEW]), question, START) is None
    for at in range(len(question)):
        changed = question[:at] + ("x" if question[at] != "x" else "y") + question[at + 1 :]
        assert probe.answer(KEYRING, changed, START) is None, changed


@pytest.mark.parametrize("nonsense", ["", ".", "..", "a.b.c", "9" * 5000 + ".b.c", "é.ü.\udcff"])
def test_nonsense_is_no_question(nonsense: str) -> None:
    assert probe.answer(KEYRING, nonsense, START) is None


def test_a_question_does_not_hold_for_long() -> None:
    question = probe.ask(KEYRING, START)
    late = timedelta(seconds=probe.GOOD_FOR_SECONDS + 1)
    assert probe.answer(KEYRING, question, START + late) is None
    assert probe.answer(KEYRING, question, START - late) is None


def test_keys_may_be_rotated_in_between() -> None:
    question = probe.ask(Keyring([OLD]), START)
    answer = probe.answer(Keyring([NEW, OLD]), question, START)
    assert answer is not None
    assert probe.is_answer(Keyring([OLD]), question, answer)
