"""A course with a vendor and an exam, a learner, a member of the course team, a supporter."""

from __future__ import annotations

from api import COURSE, call, lms_token

lms = lms_token()

# [course]
call(lms, "PUT", f"/courses/{COURSE}", {"title": "Exams", "proctoring_enabled": True})
call(lms, "PUT", f"/courses/{COURSE}", {"vendor": "rpnow"})
# [exam]
call(
    lms,
    "POST",
    f"/courses/{COURSE}/exams",
    {
        "content_id": "block-final",
        "name": "Final",
        "exam_type": "proctored",
        "time_limit_minutes": 60,
        "custom_rules": "One page of notes is allowed",
    },
)
# [people]
for user, name in (("ann", "Ann Learner"), ("tom", "Tom Teacher"), ("sue", "Sue Supporter")):
    person = {"username": user, "full_name": name, "email": f"{user}@example.com"}
    call(lms, "PUT", f"/people/{user}", person)
call(lms, "PUT", f"/courses/{COURSE}/enrolments/ann", {"track": "verified"})
call(lms, "PUT", f"/courses/{COURSE}/team/tom")
# [end]
