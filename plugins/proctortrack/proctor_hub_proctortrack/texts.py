"""This plugin's texts for people, and their catalogues in ``locale/``."""

from __future__ import annotations

from proctor_hub import Texts

TEXTS = Texts.of("proctor_hub_proctortrack")
