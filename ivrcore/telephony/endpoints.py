"""Names of phones as Asterisk has them: ``TECHNOLOGY/resource``."""

from __future__ import annotations


def endpoint_name(dialled: str) -> str:
    """Give ``TECHNOLOGY/resource`` of what is dialled for a phone; empty where many phones share it.

    ``PJSIP/ann/sip:ann@host`` is a contact of ``PJSIP/ann``; ``PJSIP/number@trunk`` is no phone. Asterisk
    takes ``pjsip/ann`` as ``PJSIP/ann``, which its events say then; ``PJSIP/Ann`` is another phone.
    """
    technology, _, rest = dialled.partition("/")
    resource = rest.partition("/")[0]
    return "" if not resource or "@" in resource else f"{technology.upper()}/{resource}"


def endpoint_of(channel: str) -> str:
    """Give the phone that a channel is of, by the channel's name, which Asterisk makes and no caller can.

    ``PJSIP/ann-0000001f`` is a call of ``PJSIP/ann``; empty for what is no phone's.
    """
    return endpoint_name(channel.rpartition("-")[0])
