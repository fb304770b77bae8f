"""The vendor's words for people: rules, instructions and names, in English and German."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "de"]

NAME = "Proctortrack"
# Some labels are permissions, some prohibitions: a client must show the label, not the key.
_RULES: dict[str, tuple[str, str]] = {
    "allow_calculator": ("Allow a pocket calculator", "Taschenrechner erlauben"),
    "allow_books": ("Allow books and written notes", "Bücher und Notizen erlauben"),
    "allow_breaks": ("Allow leaving the room for a break", "Verlassen des Raums erlauben"),
    "allow_music": ("Allow music and other voices", "Musik und andere Stimmen erlauben"),
    "no_copy_paste": ("Prohibit copy and paste", "Kopieren und Einfügen verbieten"),
    "no_headphones": ("Prohibit headphones", "Kopfhörer verbieten"),
    "no_second_screen": ("Prohibit a second screen", "Zweiten Bildschirm verbieten"),
    "room_scan": ("Require a scan of the room", "Raumscan verlangen"),
}
_INSTRUCTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Download and install the Proctortrack application.",
        "Sign in and show your face and a photo ID to the camera.",
        "Scan your room, then return to your course: the exam can start.",
    ),
    "de": (
        "Laden und installieren Sie die Anwendung Proctortrack.",
        "Melden Sie sich an und zeigen Sie Gesicht und Lichtbildausweis der Kamera.",
        "Filmen Sie Ihren Raum und kehren Sie zum Kurs zurück: Die Prüfung kann beginnen.",
    ),
}


def language_of(header: str | None) -> Language:
    """The language of an `Accept-Language` header that this vendor speaks; English if none."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((header or "")[:500].split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        ranked.append((-quality, place, tag.strip().lower()))
    for negative, _, tag in sorted(ranked):
        base = tag.split("-")[0]
        if negative < 0 and base == "de":
            return "de"
        if negative < 0 and base in ("en", "*"):
            return "en"
    return "en"


def rule_labels(language: Language) -> dict[str, str]:
    """Every rule key of the catalogue with its label."""
    return {key: labels[0 if language == "en" else 1] for key, labels in _RULES.items()}


def instructions(language: Language) -> list[str]:
    """The steps a learner takes before the exam."""
    return list(_INSTRUCTIONS[language])
