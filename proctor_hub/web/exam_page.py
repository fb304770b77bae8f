"""Where the vendor's tool sends a learner's browser while the LMS has named no exam page.

It says only what is next: the exam itself is the LMS's to show. No data, so nothing to authorise.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse

router = APIRouter()

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>Go on in your course</title></head>
<body><main><h1>Go on in your course</h1>
<p>The proctoring software has done its part. Return to the exam in your course: it shows where you
are and what to do next.</p></main></body></html>
"""


@router.get("/exams/{attempt_code}", include_in_schema=False)
def exam_page(attempt_code: str) -> HTMLResponse:
    """The same page for every attempt, known or not."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-store"})
