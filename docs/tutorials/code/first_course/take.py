"""Ann takes the exam, the vendor finds it suspicious, Sue passes it, Tom gets the report."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import requests
from api import COURSE, SANDBOX, call, lms_token, person_token

lms = lms_token()
exam = call(lms, "GET", f"/courses/{COURSE}/exams")["items"][0]

# [launch]
attempt = call(lms, "POST", "/attempts", {"exam_id": exam["id"], "user_id": "ann"})
code = attempt["code"]
plan = call(lms, "POST", f"/attempts/{code}/launch")["plan"]
print("copy this into the secure browser:", plan["exam_code"])

# [browser]
opened = requests.post(
    f"{SANDBOX}/sandbox/secure-browser", json={"exam_code": plan["exam_code"]}, timeout=30
).json()
proof = parse_qs(urlsplit(opened["location"]).query)["proof"][0]

# [exam]
call(lms, "POST", f"/attempts/{code}/actions", {"action": "start"})
access = call(lms, "POST", f"/attempts/{code}/access", {"proof": proof})
print("content may be shown:", access["may_show"], "until", access["until"])
call(lms, "POST", f"/attempts/{code}/actions", {"action": "submit"})

# [review]
comment = {"comments": "A phone", "eventStart": 60, "eventFinish": 70, "duration": 10}
requests.post(
    f"{SANDBOX}/sandbox/attempts/{code}/review",
    json={
        "review_status": "Suspicious",
        "webcam_comments": [{**comment, "eventStatus": "Suspicious"}],
    },
    timeout=30,
).raise_for_status()
print("ann sees:", call(lms, "GET", f"/attempts/{code}")["result"])

# [decision]
sue = person_token(lms, "sue")
waiting = call(sue, "GET", "/second-reviews?owner=support")["items"]
print("waiting for support:", [one["user_id"] for one in waiting])
decision = {"decision": "pass", "reason": "The phone was the learner's calculator, as allowed"}
decided = call(sue, "POST", f"/attempts/{code}/decisions", decision)
print("ann sees:", decided["result"])

# [report]
tom = person_token(lms, "tom")
report = call(tom, "POST", f"/courses/{COURSE}/reports", {"kind": "results"})
while report["status"] in ("pending", "running"):
    time.sleep(0.5)
    report = call(tom, "GET", f"/reports/{report['code']}")
link = call(tom, "POST", f"/reports/{report['code']}/link")
print(requests.get(link["url"], timeout=30).text)
# [end]
