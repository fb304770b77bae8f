from __future__ import annotations

from tests.web.site import Site


def test_the_lms_tells_a_persons_language(embedded_site: Site) -> None:
    made = embedded_site.ok("PUT", "/people/u1", body={"username": "ada", "language": "pt-BR"})
    assert made["language"] == "pt-BR"
    assert embedded_site.ok("PUT", "/people/u1", body={"email": "a@x.test"})["language"] == "pt-BR"
    refused = embedded_site.call("PUT", "/people/u1", "lms", {"language": "pt_BR"})
    assert refused.status_code == 422 and "language" in refused.text
    assert embedded_site.ok("PUT", "/people/u2", body={"username": "bob"})["language"] == ""
