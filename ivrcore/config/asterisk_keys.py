"""The keys of the section `asterisk`; see :mod:`ivrcore.config.keys`."""

from __future__ import annotations

from ivrcore.dialplan.keys import Key


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


ASTERISK = _table(
    Key("ari", "yes or no", "`yes`", "drive Asterisk by ARI; `no`: serve only what `fastagi` takes"),
    Key("url", "URL", "`http://127.0.0.1:8088`", "Asterisk's HTTP server"),
    Key("allow_remote", "yes or no", "`no`", "password and voices may cross the network in the clear"),
    Key("user", "letters, digits, `_`, `-`", "`ivrcore`", "the ARI user"),
    Key("password_file", "file of mode 600", "needed by `ari`, or `password_env`", "the ARI user's password"),
    Key("password_env", "environment variable", "", "holds it instead"),
    Key("request_timeout", "duration", "`5s`", "a request without an answer for so long has failed"),
    Key("inbound", "extensions or patterns", "`_X.`", "which numbers Asterisk gives to the server"),
    Key("longest_call", "duration", "`4h`", "Asterisk ends a call (over AGI: a conversation) after this"),
    Key("fallback", "see below", "", "what Asterisk does with callers while the server is away"),
    Key("requests", "`auto`, `socket`, `http`", "`auto`", "how requests go to Asterisk"),
    Key("audio", "`auto`, `websocket`, `rtp`", "`auto`", "how callers' audio comes"),
    Key("rtp_ports", "first-last", "`24000-24999`", "UDP ports for audio by RTP, two for each caller heard"),
    Key("rtp_address", "IP address", "our end of the link", "where audio by RTP is taken"),
    Key("trunks", "PBX: endpoint with `{phone}`", "none", "how it dials phones of the others"),
    Key("pbxs", "name: see below", "none", "more Asterisks of the same hotline"),
)

PBX = _table(
    Key("url", "URL", "needed", "its HTTP server"),
    Key("allow_remote", "yes or no", "`no`", "password and voices may cross the network in the clear"),
    Key("user", "letters, digits, `_`, `-`", "the first one's", "the ARI user"),
    Key("password_file", "file of mode 600", "needed, or `password_env`", "the ARI user's password"),
    Key("password_env", "environment variable", "", "holds it instead"),
    Key("request_timeout", "duration", "the first one's", "a request without an answer has failed then"),
    Key("inbound", "extensions or patterns", "the first one's", "which numbers it gives to the server"),
    Key("longest_call", "duration", "the first one's", "it ends a call after this"),
    Key("fallback", "see below", "the first one's", "what it does with callers while the server is away"),
    Key("requests", "`auto`, `socket`, `http`", "the first one's", "how requests go to it"),
    Key("audio", "`auto`, `websocket`, `rtp`", "the first one's", "how callers' audio comes"),
    Key("rtp_ports", "first-last", "the first one's", "UDP ports for audio by RTP; they may be the same"),
    Key("rtp_address", "IP address", "our end of its link", "where audio by RTP is taken"),
    Key("trunks", "PBX: endpoint with `{phone}`", "none", "how it dials phones of the others"),
)

FALLBACK = _table(
    Key(
        "action", "`play`, `dial`, `busy`, `congestion`", "`congestion`", "play and hang up; dial; or refuse"
    ),
    Key("sound", "sound", "", "Asterisk's own name of a sound; needed for `play`, heard first for `dial`"),
    Key("dial", "endpoint", "", "such as `PJSIP/agent1`; needed for `dial`"),
    Key("ring_time", "duration", "`30s`", "how long `dial` rings"),
)
