"""What to write instead of a sign that expressions do not have: habits from other languages and keyboards."""

from __future__ import annotations

_HINTS = {
    "=": "write == to compare; values are given by 'set'",
    "===": "write ==",
    "!==": "write !=",
    "<>": "write !=",
    "<=>": "write <, == or >",
    "=<": "write <=",
    "=>": "write >=",
    "&&": "write and",
    "&": "write and",
    "||": "write or",
    "|": "write or",
    "!": "write not",
    "?": "there is no 'a ? b : c': use the step 'if'",
    "**": "there are no powers: multiply",
    "^": "there are no powers: multiply",
    "//": "write round(a / b)",
    ";": "an expression is one value",
    "{": "in an expression names stand without braces",
    "}": "in an expression names stand without braces",
    "$": "names stand without $",
    "#": "put texts into quotes",
    ":": "put texts into quotes",
    "`": "put texts into straight quotes: '…'",
    "True": "write true",
    "TRUE": "write true",
    "False": "write false",
    "FALSE": "write false",
}
_NONE = ("none", "null", "nil")
_QUOTES = "“”„‟‘’‚‛«»「」『』＂＇"
_LOOKALIKES = {
    "，": ",",
    "、": ",",
    "。": ".",
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
_FULLWIDTH = 0xFEE0
"""How far a full-width form is from its ordinary sign."""


def hint_for(sign: str) -> str:
    """Give a hint for a sign or word that stands where it cannot; empty if there is none."""
    if sign in _HINTS:
        return _HINTS[sign]
    if sign.lower() in _NONE:
        return "write none"
    if sign.lower() in ("and", "or", "not", "in") and sign.lower() != sign:
        return f"write {sign.lower()}"
    if sign[0] in _QUOTES:
        return "use straight quotes: '…' or \"…\""
    plain = _LOOKALIKES.get(sign[0])
    if plain is None and "！" <= sign[0] <= "～":
        plain = chr(ord(sign[0]) - _FULLWIDTH)
    if plain:
        return f"this looks like {plain} but is another character: write {plain}"
    if sign[0].isdigit():
        return "a name begins with a letter; put texts into quotes"
    return "texts stand in quotes, names are letters, digits, _ and ." if sign[0].isalpha() else ""
