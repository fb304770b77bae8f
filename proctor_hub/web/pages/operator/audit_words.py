"""What can be on record, in words."""

from __future__ import annotations

from collections.abc import Mapping

from proctor_hub.web.pages.speech import noted

ACTIONS: Mapping[str, str] = {
    "allowance.granted": noted("Allowance granted"),
    "allowance.removed": noted("Allowance taken back"),
    "callback.replayed": noted("Callback taken again"),
    "client.created": noted("Client made"),
    "client.revoked": noted("Client revoked"),
    "client.rotated": noted("Client given a new secret"),
    "course.changed": noted("Course settings changed"),
    "course.created": noted("Course made known"),
    "course.migrated": noted("Vendor of a course changed"),
    "database.restored": noted("Database restored from a backup"),
    "deliveries.retried": noted("Parked deliveries tried again"),
    "delivery.retried": noted("Delivery tried again"),
    "exam.changed": noted("Exam changed"),
    "exam.created": noted("Exam made"),
    "job.retried": noted("Job tried again"),
    "launch_link.made": noted("Launch link made"),
    "learner.retired": noted("Learner retired"),
    "learner.seen_as": noted("Page seen as a learner"),
    "report.linked": noted("Link to a report made"),
    "report.requested": noted("Report asked for"),
    "retirement.confirmed": noted("Erasure confirmed by hand"),
    "sign_ins.revoked": noted("Sign-ins ended"),
    "staff.granted": noted("Role granted"),
    "staff.revoked": noted("Role taken back"),
    "team.added": noted("Added to a course's team"),
    "team.removed": noted("Taken off a course's team"),
    "vendor.tested": noted("Vendor tested"),
}
"""Action → its name, in the order of the actions."""
