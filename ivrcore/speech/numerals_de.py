"""German words that callers say for digits."""

from __future__ import annotations

from ivrcore.speech.numerals import Numerals


class German(Numerals):
    """German; ``zwo`` is said for what could be taken for three."""

    digits = {
        "null": "0",
        "eins": "1",
        "zwei": "2",
        "zwo": "2",
        "drei": "3",
        "vier": "4",
        "fünf": "5",
        "sechs": "6",
        "sieben": "7",
        "acht": "8",
        "neun": "9",
    }
