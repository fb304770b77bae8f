"""Where a heartbeat may lead: nowhere but to the learner's own machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proctor_hub import HeartbeatPlan


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:7788/alive", "https://localhost/x?y=1", "http://[::1]:80", ""]
)
def test_the_learners_own_machine_is_asked(url: str) -> None:
    assert HeartbeatPlan(interval=timedelta(seconds=10), url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://vendor.example/alive",
        "http://127.0.0.1.vendor.example/",
        "http://localhost@vendor.example/",
        "ws://localhost:7788/",
        "javascript:alert(1)",
        "//localhost/",
        "http://localhost:80;script-src *",
        "http://localhost:80 *",
        "http://[::1/",
    ],
)
def test_no_other_machine_is_told_about_the_learner(url: str) -> None:
    with pytest.raises(ValueError, match="localhost"):
        HeartbeatPlan(interval=timedelta(seconds=10), url=url)


def test_spans_make_sense() -> None:
    with pytest.raises(ValueError, match="interval"):
        HeartbeatPlan(interval=timedelta(seconds=0.5))
    with pytest.raises(ValueError, match="grace"):
        HeartbeatPlan(grace=timedelta(seconds=-1))
