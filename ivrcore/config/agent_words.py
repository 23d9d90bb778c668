"""Built-in words for agents, by language (BCP 47 primary tag)."""

from __future__ import annotations

from collections.abc import Mapping

CONFIRM: Mapping[str, str] = {
    "en": "Press {key} to take the call.",
    "ko": "전화를 받으시려면 {key} 버튼을 눌러 주세요.",
    "zh": "接听来电请按{key}。",
}
"""What agents are asked whose phone was picked up, with ``{key}``."""

_KEYS: Mapping[str, Mapping[str, str]] = {
    "en": {"*": "star", "#": "hash"},
    "ko": {"*": "별표", "#": "우물 정자"},
    "zh": {"*": "星号", "#": "井号"},
}


def spoken_key(key: str, language: str) -> str:
    """Give a key as it is said; digits are left to the voice."""
    return _KEYS.get(language, {}).get(key, key)
