"""What of an announcement or an emergency message is played to a caller of some language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.model.announcement import Announcement, Emergency


def announced(announcement: Announcement, language: str) -> Prompt:
    """Give its recording, else its text in the language, else its first text: better than silence."""
    if announcement.recording:
        return (Recorded(announcement.recording),)
    return said(announcement.texts, language)


def said(texts: Mapping[str, str], language: str) -> Prompt:
    """Give the text in the language, else the first one; nothing if there is none."""
    tag = language if language in texts else next(iter(texts), "")
    return (Spoken(texts[tag], tag),) if tag else ()


def to_speak(said_somewhere: Iterable[Announcement | Emergency]) -> list[Prompt]:
    """Give every text in every language, so that voices can prepare them."""
    return [(Spoken(text, tag),) for one in said_somewhere for tag, text in one.texts.items()]
