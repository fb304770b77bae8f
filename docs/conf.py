"""Sphinx: Furo's theme, Markdown by MyST, reference pages written from the code first."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import proctor_hub

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

import generate  # noqa: E402

if "PROCTOR_HUB_DOCS_AS_THEY_ARE" not in os.environ:  # set by the tests, which change nothing
    generate.write()

project = "proctor_hub"
author = "The proctor_hub authors"
copyright = "2026, the proctor_hub authors"
release = proctor_hub.__version__
extensions = ["myst_parser"]
exclude_patterns = ["_build", "_ext", "how-to/code"]
html_theme = "furo"
html_title = f"proctor_hub {release}"
html_extra_path = ["openapi.json"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
# The pages work offline: nothing is fetched from elsewhere.
html_theme_options = {"source_repository": "", "top_of_page_buttons": []}
