"""Which keys an announcement's file has: what reading accepts and docs are made of."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key

_KEYS = (
    Key("text", "text, or language: text", "needed, or `recording`", "what is spoken"),
    Key("recording", "recording", "", "played instead, from the prompt folder; the language's folder first"),
    Key("numbers", "numbers", "all", "only callers of these hear it"),
    Key("whole", "yes or no", "`yes`", "cannot be cut short by keys or speech"),
    Key("starts", "time with its offset", "at once", "such as `2026-11-22T09:00+09:00`"),
    Key("ends", "time with its offset", "when withdrawn", "nobody hears it from then on"),
)
ANNOUNCEMENT = {key.name: key for key in _KEYS}
