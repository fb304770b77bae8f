from __future__ import annotations

import pytest

from proctor_hub.domain.language import fallbacks, is_language_tag


@pytest.mark.parametrize(
    "tag",
    [
        "en",
        "de-AT",
        "zh-Hant-TW",
        "es-419",
        "sl-rozaj-biske",
        "de-CH-1996",
        "en-x-klingon",
        "gsw",
        "zh-cmn-Hans-CN",
        "de-DE-u-co-phonebk",
        "DE-at",
        "en-a-bbb-x-a-ccc",
    ],
)
def test_tags(tag: str) -> None:
    assert is_language_tag(tag)


@pytest.mark.parametrize(
    "text",
    [
        *("", "e", "de_AT", "de-", "-de", "de--AT", "x-klingon", "german language", "de\n", "dé"),
        *("de-a", "de-" + "-".join(["variant1"] * 5), "12", "de-AT-x", "../etc"),
    ],
)
def test_other_texts(text: str) -> None:
    assert not is_language_tag(text)


def test_what_may_stand_in() -> None:
    assert list(fallbacks("de-CH-1996")) == ["de-ch-1996", "de-ch", "de"]
    assert list(fallbacks("zh-Hant-x-a")) == ["zh-hant-x-a", "zh-hant", "zh"]
    assert list(fallbacks("")) == []
