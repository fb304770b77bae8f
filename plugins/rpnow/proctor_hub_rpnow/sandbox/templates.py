"""The pages' HTML (Jinja2, auto-escaped); in a module, so that packaging cannot lose it."""

from __future__ import annotations

from collections.abc import Mapping

_LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: 600 }
th, td { border: 1px solid #999; padding: .3rem .5rem; text-align: left; vertical-align: top }
button, input, select { font: inherit; padding: .15rem .4rem }
summary { cursor: pointer; white-space: nowrap }
form { margin: .2rem 0 } form label { margin-right: .5rem } details label { display: block }
textarea { width: 12rem; height: 2.2rem; display: block } input[type=number] { width: 4.5rem }
code { overflow-wrap: anywhere } .wide { overflow-x: auto }
</style></head><body><main>{% block main %}{% endblock %}</main></body></html>
"""

_HOME = """{% extends "layout" %}
{% block title %}RPNow sandbox{% endblock %}
{% block main %}
<h1>RPNow sandbox</h1>
<p>The vendor, simulated. <a href="/download">The software</a> · JSON under
<code>/sandbox/…</code></p>
{% if not can_review %}
<p><strong>No review URL is set: reviews cannot be sent.</strong></p>{% endif %}
<h2>Faults of the registration endpoint</h2>
<p>Down for {{ faults.down_for_s }} s · slow by {{ faults.slow_ms }} ms · still to come:
{{ faults.answer_without_locator }} without locator, {{ faults.error_page }} error pages,
{{ faults.garbage }} garbage, {{ faults.status.count }} with status {{ faults.status.code }}</p>
<form method="post" action="/page/faults">
<label>down for (s) <input type="number" name="down_for_s" min="0"></label>
<label>slow by (ms) <input type="number" name="slow_ms" min="0"></label>
<label>without locator <input type="number" name="answer_without_locator" min="0"></label>
<label>error pages <input type="number" name="error_page" min="0"></label>
<label>garbage <input type="number" name="garbage" min="0"></label>
<label>status <input type="number" name="status_code" min="200" max="599"></label>
<label>times <input type="number" name="status_count" min="0" value="1"></label>
<button>Order</button> <button name="clear" value="yes">Clear all</button></form>
<h2>Registrations</h2>
<div class="wide"><table><caption>Newest first</caption>
<thead><tr><th>Exam code</th><th>Exam</th><th>Custom rules</th><th>Minutes</th><th>Reviewed</th>
<th>Session</th><th>Secure browser</th><th>Review</th></tr></thead><tbody>
{% for item in registrations %}<tr>
<td><code>{{ item.exam_code }}</code><br><small>locator
<code>{{ item.ssi_record_locator }}</code></small></td>
<td>{{ item.exam_name }}</td><td>{{ item.reviewer_notes }}</td><td>{{ item.duration }}</td>
<td>{{ "yes" if item.reviewed_exam else "no (practice)" }}</td>
<td>{{ item.session }}, {{ item.openings }} opened, {{ item.reviews_sent }} reviews</td>
<td>
<form method="post" action="/page/secure-browser">
<input type="hidden" name="exam_code" value="{{ item.exam_code }}"><button>Open</button></form>
<form method="post" action="/page/close-browser">
<input type="hidden" name="exam_code" value="{{ item.exam_code }}"><button>Close</button>
<button name="finished" value="yes">Finish</button></form></td>
<td><details><summary>Review …</summary><form method="post" action="/page/review">
<input type="hidden" name="exam_code" value="{{ item.exam_code }}">
<label>status <select name="review_status"><option>Clean</option><option>Rules Violation</option>
<option>Suspicious</option><option>Not Reviewed</option></select></label>
<label>copies <input type="number" name="copies" value="1" min="1" max="100"></label>
<label>desktop incidents <textarea name="desktop"></textarea></label>
<label>webcam incidents <textarea name="webcam"></textarea></label>
<label><input type="checkbox" name="video" value="yes" checked> video</label>
<label><input type="checkbox" name="without_token" value="yes"> without token</label>
<label><input type="checkbox" name="wrong_locator" value="yes"> wrong locator</label>
<label>followed by <select name="then"><option value="">nothing</option><option>Clean</option>
<option>Rules Violation</option><option>Suspicious</option><option>Not Reviewed</option></select>
</label><label>sent <select name="order"><option value="as_given">in order</option>
<option value="reversed">last first</option></select></label>
<button>Send review</button></form></details></td></tr>
{% else %}<tr><td colspan="8">Nothing registered yet.</td></tr>{% endfor %}
</tbody></table></div>
<h2 id="journal">Journal</h2>
<div class="wide" role="region" tabindex="0" aria-labelledby="journal">
<table><caption>Newest first</caption><thead>
<tr><th>At</th><th>Direction</th><th>What</th>
<th>Exam code</th><th>Status</th><th>Note</th></tr></thead><tbody>
{% for entry in journal %}<tr><td>{{ entry.at }}</td><td>{{ entry.direction }}</td>
<td>{{ entry.what }}</td><td>{{ entry.exam_code }}</td>
<td>{{ "no answer" if entry.status is none else entry.status }}</td><td>{{ entry.note }}</td></tr>
{% else %}<tr><td colspan="6">Nothing happened yet.</td></tr>{% endfor %}
</tbody></table></div>
{% endblock %}
"""

_DOWNLOAD = """{% extends "layout" %}
{% block title %}RPNow software{% endblock %}
{% block main %}
<h1>RPNow secure browser (simulated)</h1>
<p>The real vendor offers its software for installation here. In this sandbox nothing is
installed: enter the exam code below, as a learner would in the secure browser.</p>
<form method="post" action="/page/secure-browser">
<label>Exam code <input name="exam_code" autocomplete="off" required></label>
<button>Open the exam</button></form>
{% endblock %}
"""

_OPENED = """{% extends "layout" %}
{% block title %}Secure browser{% endblock %}
{% block main %}
<h1>Secure browser (simulated)</h1>
<p>The exam's server answered {{ status }}; the session is {{ session }}.</p>
{% if location and location.startswith(("http://", "https://")) %}
<p><a href="{{ location }}" rel="noreferrer">Go on to the exam</a></p>{% endif %}
<p><a href="/">Back to the sandbox</a></p>
{% endblock %}
"""

_VIDEO = """{% extends "layout" %}
{% block title %}Recording{% endblock %}
{% block main %}
<h1>Recording of {{ code }}</h1>
<p>A placeholder: the sandbox records nobody.{% if player %} Player: {{ player }}.{% endif %}</p>
{% endblock %}
"""

TEMPLATES: Mapping[str, str] = {
    "layout": _LAYOUT,
    "home": _HOME,
    "download": _DOWNLOAD,
    "opened": _OPENED,
    "video": _VIDEO,
}
