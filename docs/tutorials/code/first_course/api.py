"""The two things every caller of the hub does: get a token, send it along."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import requests

HUB = os.environ.get("HUB", "http://127.0.0.1:8000")
SANDBOX = os.environ.get("SANDBOX", "http://127.0.0.1:9001")
COURSE = "course-v1:Example+Exams+2026"


def lms_token() -> str:
    """An access token of the LMS's client; it holds an hour."""
    client = json.loads(Path("lms.json").read_text(encoding="utf-8"))
    form = {"grant_type": "client_credentials"}
    form |= {key: client[key] for key in ("client_id", "client_secret")}
    answer = requests.post(f"{HUB}/oauth2/access_token", data=form, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def call(token: str, method: str, path: str, body: Any = None) -> Any:
    """One call of the API; prints what it did."""
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{HUB}/api/v1{path}"
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    print(f"{answer.status_code} {method} {path}")
    if answer.status_code >= 400:
        raise SystemExit(answer.text)
    return answer.json() if answer.headers["content-type"] == "application/json" else answer.text


def person_token(lms: str, user_id: str) -> str:
    """A token with which one of the LMS's users acts; it holds five minutes."""
    return str(call(lms, "POST", "/person-tokens", {"user_id": user_id})["token"])
