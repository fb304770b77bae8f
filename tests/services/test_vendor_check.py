"""``check_account``: what an operator is told of an account, whatever its vendor is like."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime

import pytest

from proctor_hub import (
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardLink,
)
from proctor_hub.services.diagnosis import CheckState
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.services.vendor_check import account
from tests.services.vendor_site import (
    KEY,
    NOW,
    Site,
    a_vendor_site,
    checked,
    found,
    plugin_in,
    states,
)


@pytest.fixture
def site() -> Iterator[Site]:
    with a_vendor_site() as made:
        yield made


def test_a_good_account_is_well_and_nothing_of_a_learner_is_sent(site: Site) -> None:
    site.headers["Date"] = format_datetime(NOW, usegmt=True)
    given = checked(site)
    checks = found(given)
    assert {name for name in checks if checks[name].state is not CheckState.OK} == set()
    assert set(checks) == {
        "plugin",
        "settings",
        "address",
        "credentials",
        "clock",
        "rules",
        "dashboard",
        "time",
        "public_url",
        "callback:ready",
        "callback:reviewed",
        "callback_client",
    }
    assert KEY not in str(checks)
    assert [(method, path) for method, path, _, _ in site.seen] == [
        ("HEAD", "/"),
        ("GET", "/me"),
        ("POST", "/callbacks/acme/check/ready"),
        ("POST", "/callbacks/acme/check/reviewed"),
    ]
    assert all(body == b"" for *_, body in site.seen)
    assert "Authorization" not in site.seen[0][2]
    asked = {told.hook for told in plugin_in(given).told}
    assert not asked & {"register_attempt", "sync_exam", "onboarding_status", "retire_learner"}


@pytest.mark.parametrize("status", [401, 403])
def test_wrong_credentials_name_the_key_to_compare(site: Site, status: int) -> None:
    site.status = status
    checks = found(checked(site))
    assert checks["credentials"].state is CheckState.FAILED
    assert "Compare api_key in [vendors.acme]" in checks["credentials"].told
    assert checks["address"].state is CheckState.OK, "the vendor answers"


def test_a_vendor_that_is_off(site: Site) -> None:
    gone = Site(url="http://127.0.0.1:1")
    checks = found(checked(site, base_url=gone.url))
    assert states(checks, CheckState.FAILED) == {"address", "credentials"}
    assert "No connection" in checks["address"].detail
    assert "did not answer" in checks["credentials"].remedy
    assert checks["clock"].state is CheckState.NOT_APPLICABLE


def test_a_vendor_that_answers_garbage(site: Site) -> None:
    site.body = b"<html>hello"
    failed = found(checked(site))["credentials"]
    assert (failed.state, "is not JSON" in failed.detail) == (CheckState.FAILED, True)


def test_a_vendor_that_is_not_well(site: Site) -> None:
    site.status = 503
    checks = found(checked(site))
    assert "answers 503" in checks["address"].detail
    assert "answered 503; ask it" in checks["credentials"].remedy


def test_a_plugin_that_hangs_is_given_up_on(site: Site) -> None:
    given = checked(site, more={"seconds": -0.9})
    plugin_in(given).waits = over = threading.Event()
    failed = found(given)["credentials"]
    over.set()
    assert (failed.state, "no answer within" in failed.detail) == (CheckState.FAILED, True)


@pytest.mark.parametrize(
    ("seconds", "state", "words"),
    [
        (0, CheckState.OK, "agree"),
        (4, CheckState.OK, "agree"),
        (-30, CheckState.WARNING, "30 s behind ours"),
        (30, CheckState.WARNING, "30 s ahead of ours"),
        (300, CheckState.FAILED, "300 s ahead of ours"),
    ],
)
def test_clocks_are_compared(site: Site, seconds: int, state: CheckState, words: str) -> None:
    site.headers["Date"] = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    clock = found(checked(site))["clock"]
    assert (clock.state, words in clock.detail) == (state, True), clock


@pytest.mark.parametrize("date", ["yesterday", "Sun, 22 Nov 2026 09:00:00 -0000"])
def test_a_date_that_is_none_is_none(site: Site, date: str) -> None:
    site.headers["Date"] = date
    assert found(checked(site))["clock"].state is CheckState.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("limit", "state"),
    [(0.0, CheckState.FAILED), (1e-5, CheckState.FAILED), (1e9, CheckState.OK)],
)
def test_slow_answers_are_told(site: Site, limit: float, state: CheckState) -> None:
    assert found(checked(site, more={"learner_seconds": limit}))["time"].state is state


def test_capabilities_that_are_not_declared_do_not_apply(site: Site) -> None:
    checks = found(checked(site, capabilities=[]))
    assert states(checks, CheckState.NOT_APPLICABLE) >= {"credentials", "dashboard"}
    assert checks["rules"].state is CheckState.WARNING, "binary rules, and no list of them"


def test_an_empty_catalogue_is_a_warning(site: Site) -> None:
    given = checked(site)
    plugin_in(given).labels = {}
    assert found(given)["rules"].state is CheckState.WARNING


SOON = NOW + timedelta(minutes=1)
LONG = "t" * 30


@pytest.mark.parametrize(
    ("dashboard", "state", "words"),
    [
        (DashboardData(), CheckState.NOT_APPLICABLE, "own page"),
        (DashboardLink(url="http://acme.example/" + LONG), CheckState.FAILED, "not https"),
        (DashboardLink(url="https://acme.example/courses/1"), CheckState.FAILED, "no token"),
        (DashboardLink(url="https://acme.example/" + LONG), CheckState.FAILED, "no token"),
        (
            DashboardEmbed(url="https://acme.example/1", expires_at=SOON),
            CheckState.FAILED,
            "no token",
        ),
    ],
)
def test_links_that_are_not_safe(
    site: Site, dashboard: Dashboard, state: CheckState, words: str
) -> None:
    given = checked(site)
    plugin_in(given).dashboard = dashboard
    one = found(given)["dashboard"]
    assert (one.state, words in one.detail) == (state, True), one


@pytest.mark.parametrize(("ahead", "state"), [(-1, CheckState.FAILED), (86400, CheckState.WARNING)])
def test_links_expire_in_time(site: Site, ahead: int, state: CheckState) -> None:
    given = checked(site, more={"now": lambda: SOON - timedelta(seconds=ahead)})
    assert found(given)["dashboard"].state is state


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("changeme", "placeholder"),
        ("<your key, please>", "placeholder"),
        ("q7xZ", "shorter than"),
        (f"{KEY}\n", "space or a line end"),
    ],
)
def test_secrets_that_look_wrong(site: Site, secret: str, words: str) -> None:
    checks = found(checked(site, api_key=secret))
    assert {name for name in checks if name.startswith("settings")} == {"settings.api_key"}
    assert words in checks["settings.api_key"].detail
    assert secret.strip() not in str(checks)


def test_an_address_of_examples_without_encryption(site: Site) -> None:
    told = found(checked(site, base_url="http://vendor.example"))["settings.base_url"].detail
    assert "not https" in told and "host of examples" in told


def test_a_public_address_the_vendor_cannot_reach(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaches: dict[str, account.Reach | None] = {"127.0.0.1": account.Reach.WORLD}

    def reach_of(host: str) -> account.Reach | None:
        return reaches.get(host)

    monkeypatch.setattr("proctor_hub.services.vendor_check.hub_side.reach_of", reach_of)

    def told(public_url: str) -> tuple[CheckState, str]:
        one = found(checked(site, more={"public_url": public_url}))["public_url"]
        return one.state, one.detail

    reaches["hub"] = account.Reach.NETWORK
    assert told("https://hub:1") == (
        CheckState.FAILED,
        "https://hub:1 can be reached in a private network only, and the vendor is not there",
    )
    assert told("https://nowhere:1")[0] is CheckState.FAILED
    reaches["hub"] = account.Reach.WORLD
    assert told("http://hub:1")[0] is CheckState.WARNING
    assert told("https://hub:1")[0] is CheckState.OK


def test_how_far_addresses_reach() -> None:
    assert account.reach_of("127.0.0.1") is account.Reach.MACHINE
    assert account.reach_of("[::1]") is account.Reach.MACHINE
    assert account.reach_of("10.1.2.3") is account.Reach.NETWORK
    assert account.reach_of("9.9.9.9") is account.Reach.WORLD
    assert account.reach_of("a name with spaces") is None


def other_keys(site: Site) -> None:
    site.hub_keys = Keyring([Key("other", b"o" * 32)])


def another_server(site: Site) -> None:
    site.hub_keys = None


def redirects(site: Site) -> None:
    site.answer = lambda _: (301, {"Location": "https://elsewhere.example/"}, b"")  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (other_keys, "not by this hub"),
        (another_server, "not by this hub"),
        (redirects, "is redirected (301)"),
    ],
)
def test_callbacks_that_do_not_lead_here(
    site: Site, wrong: Callable[[Site], None], words: str
) -> None:
    given = checked(site)
    wrong(site)
    checks = found(given)
    for route in ("ready", "reviewed"):
        one = checks[f"callback:{route}"]
        assert (one.state, words in one.detail) == (CheckState.FAILED, True), one


def test_a_hub_that_does_not_run_or_never_has(site: Site) -> None:
    off = found(checked(site, more={"public_url": "http://127.0.0.1:1"}))
    assert "Is the hub running" in off["callback:ready"].remedy
    never = found(checked(site, more={"keyring": None}))
    assert "never been started" in never["callback:ready"].detail


def test_a_vendor_without_a_client_is_told_how_to_get_one(site: Site) -> None:
    none = found(checked(site, more={"callers": ()}))["callback_client"]
    assert none.state is CheckState.FAILED
    assert "clients create --kind vendor --vendor acme" in none.remedy
    unknown = found(checked(site, more={"callers": None}))["callback_client"]
    assert unknown.state is CheckState.WARNING
