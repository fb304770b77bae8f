"""A callback's path answers the hub's own question, and nobody else's."""

from __future__ import annotations

import pytest

from proctor_hub.services.callbacks import list_callbacks, probe
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.testing.fake_vendor import ready_path, reviewed_path
from tests.support import OPERATOR, START
from tests.web.site import Site


@pytest.mark.parametrize("path", [ready_path("check"), reviewed_path("check")])
def test_the_hubs_own_question_is_answered_and_nothing_is_kept(
    embedded_site: Site, path: str
) -> None:
    keyring = embedded_site.hub.keyring
    question = probe.ask(keyring, embedded_site.clock())
    reply = embedded_site.http.post(path, headers={probe.HEADER: question})
    assert (reply.status_code, reply.content) == (204, b"")
    assert probe.is_answer(keyring, question, reply.headers[probe.HEADER])
    assert list_callbacks(embedded_site.hub, OPERATOR).items == ()


FOREIGN = probe.ask(Keyring([Key("other", b"o" * 32)]), START)


@pytest.mark.parametrize("question", ["nonsense", FOREIGN], ids=["nonsense", "another key"])
def test_another_question_makes_it_an_ordinary_callback(embedded_site: Site, question: str) -> None:
    reply = embedded_site.http.post(ready_path("check"), headers={probe.HEADER: question})
    assert reply.status_code == 401
    assert probe.HEADER not in reply.headers
    (kept,) = list_callbacks(embedded_site.hub, OPERATOR).items
    assert kept.vendor is None
