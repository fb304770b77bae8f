"""The record of an attempt is built from its query without a constructor: the two must agree."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.storage.attempts import ATTEMPT
from proctor_hub.storage.records import AttemptRecord


def test_the_query_has_the_fields_of_the_record() -> None:
    columns = [column.name for column in ATTEMPT.selected_columns]
    assert sorted(columns) == sorted(field.name for field in fields(AttemptRecord))


def test_a_changed_copy_leaves_the_record_as_it_is() -> None:
    values = {field.name: None for field in fields(AttemptRecord)} | {"status": AttemptStatus.ERROR}
    record = AttemptRecord(**values)  # type: ignore[arg-type]
    copy = record.changed({"status": AttemptStatus.VERIFIED})
    assert (record.status, copy.status) == (AttemptStatus.ERROR, AttemptStatus.VERIFIED)
    assert copy == AttemptRecord(**values | {"status": AttemptStatus.VERIFIED})  # type: ignore[arg-type]
    with pytest.raises(FrozenInstanceError):
        copy.status = AttemptStatus.ERROR  # type: ignore[misc]
