"""The language of a request, for what vendors say to learners."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

DEFAULT = "en"


def language(
    accept_language: Annotated[
        str, Header(max_length=200, description="The learner's language, BCP 47")
    ] = DEFAULT,
) -> str:
    """The first language asked for; English where it is none a vendor could be sent."""
    first = accept_language.split(",")[0].split(";")[0].strip()
    return first if first.isascii() and first.replace("-", "").isalnum() else DEFAULT


Language = Annotated[str, Depends(language)]
