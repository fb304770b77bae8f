from __future__ import annotations

from tests.web.site import Site


def test_vendors_come_in_pages_and_are_asked_on_demand(embedded_site: Site) -> None:
    whole = embedded_site.call("GET", "/vendors", "operator").json()
    assert [one["slug"] for one in whole["items"]].count("acme") == 1
    assert whole["items"][0]["healthy"] is None
    seen, query = [], "?limit=1&health=true"
    while True:
        page = embedded_site.call("GET", f"/vendors{query}", "operator").json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        query = f"?limit=1&health=true&cursor={page['next_cursor']}"
    assert [one["plugin"] for one in seen] == [one["plugin"] for one in whole["items"]]
    assert [one["configured"] for one in seen] == [one["configured"] for one in whole["items"]]
