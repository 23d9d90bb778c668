"""Which keys a configuration file has, and what each means: what reading accepts and docs are made of.

Paths are relative to the site's folder. The default is written as one would write it in the file.
"""

from __future__ import annotations

from ivrcore.config.asterisk_keys import ASTERISK, FALLBACK, PBX
from ivrcore.config.canary_keys import CANARY
from ivrcore.config.overload_keys import OVERLOAD
from ivrcore.config.wallboard_keys import LEVELS, WALLBOARD
from ivrcore.dialplan.keys import Key


def _table(*keys: Key) -> dict[str, Key]:
    return {key.name: key for key in keys}


TOP = _table(
    Key("node", "letters, digits, `-`", "`ivrcore`", "with the slot, the server's name towards Asterisk"),
    Key("slot", "`a` or `b`", "`a`", "which of the node's two servers this is"),
    Key("asterisk", "see below", "needed", "how Asterisk is reached, and what it does by itself"),
    Key("web", "see below", "needed", "the HTTP side: API, metrics, status page"),
    Key("journal", "see below", "needed", "where events are stored"),
    Key("history", "see below", "made by `ivrcore report`", "the database that reports are made from"),
    Key("traces", "see below", "nothing is sent", "where a trace of every contact is sent"),
    Key("dialplans", "folder", "`dialplans`", "every `*.yaml` in it is a dialplan"),
    Key("announcements", "folder", "`announcements`", "every `*.yaml` in it is an announcement"),
    Key("prompts", "folder", "`prompts`", "recorded prompts; `music/NAME` in it holds a music class"),
    Key("cache", "folder", "`var/cache`", "spoken prompts, made when first needed; Asterisk reads it"),
    Key("plugins", "see below", "", "which plugins are loaded"),
    Key("language", "`en`, `ko`, …", "`en`", "the language of queues that do not say another"),
    Key("speech", "see below", "", "how callers are understood and spoken to"),
    Key("queues", "name: see below", "", "skill groups that callers wait for"),
    Key("agents", "name: see below", "", "who takes calls"),
    Key("agent_rules", "see below", "", "what agents may do"),
    Key("feature_codes", "yes, or see below", "`no`", "what agents may dial on their own phones"),
    Key("lookups", "name: see below", "", "what dialplans may ask of other systems"),
    Key("watches", "name: see below", "", "what is watched beside the calls, with metrics of its own"),
    Key("outbound", "see below", "nothing allowed", "which outside numbers may be dialled, and how often"),
    Key("mailboxes", "name: see below", "", "where callers may leave a message"),
    Key("messages", "folder", "`var/messages`", "where messages lie, encrypted with the journal's key"),
    Key("identify", "see below", "", "how many wrong PINs a call and a calling number may try"),
    Key("supervisors", "see below", "", "who may use the emergency switch by phone"),
    Key("fastagi", "see below", "nothing listens", "callers whom a dialplan of Asterisk's own hands over"),
    Key("aeap", "see below", "nothing listens", "speech recognition for any dialplan of Asterisk"),
    Key("wallboard", "see below", "", "from which figures on the wallboard shows a queue as late"),
    Key("overload", "see below", "everybody is let in", "from where on new callers are turned away, and how"),
    Key("canary", "see below", "no such calls", "calls of its own, by which the server tries the hotline"),
)

WEB = _table(
    Key("host", "IP address", "`127.0.0.1`", "where to listen"),
    Key("allow_remote", "yes or no", "`no`", "listen where other machines reach it"),
    Key("port", "0 to 65535", "`8080`", "where to listen; 0: any free port"),
    Key("token_file", "file of mode 600", "needed, or `token_env`", "holds the token for API callers"),
    Key("token_env", "environment variable", "", "holds it instead"),
    Key("token_name", "letters, digits, `_`, `.`, `-`", "`admin`", "the author of what is done with it"),
    Key("tokens", "file of mode 600", "`secrets/tokens`", "more tokens, by name and role; may be missing"),
)

JOURNAL = _table(
    Key("path", "file", "`var/journal.db`", "an SQLite database"),
    Key("key_file", "file of mode 600", "needed, or `key_env`", "32 bytes in hexadecimal or base64"),
    Key("key_env", "environment variable", "", "holds it instead; the key encrypts personal values"),
    Key("pack_after", "duration or `never`", "`7d`", "what is older is packed: a twentieth of the size"),
    Key(
        "forget_after", "duration or `never`", "`never`", "personal values go so long after the contact ends"
    ),
)

HISTORY = _table(
    Key("path", "file", "`var/history.db`", "an SQLite database"),
    Key("url_file", "file of mode 600", "", "holds the URL of a PostgreSQL database instead"),
    Key("url_env", "environment variable", "", "holds that URL"),
    Key("keep", "duration", "`400d`", "what is older is deleted"),
    Key("zone", "time zone", "`UTC`", "whose days and hours reports have, such as `Asia/Seoul`"),
    Key("live", "yes or no", "`yes`", "the server keeps it up to date; `no`: a report does so first"),
)

TRACES = _table(
    Key("endpoint", "URL", "`http://127.0.0.1:4318/v1/traces`", "a collector that takes OTLP over HTTP"),
    Key("allow_remote", "yes or no", "`no`", "it may be on another machine without https"),
    Key("token_file", "file of mode 600", "", "holds a bearer's token that goes along"),
    Key("token_env", "environment variable", "", "holds it instead"),
)

PLUGINS = _table(
    Key("folder", "folder", "", "each `*.py` in it is a plugin of the site"),
    Key("disabled", "names", "", "installed plugins (built-in ones too) to leave out"),
    Key("trace_hooks", "yes or no", "`no`", "log every call of a hook"),
)

SPEECH = _table(
    Key("languages", "language: see below", "", "recognisers and voices by language"),
    Key("threads", "1 to 256", "`2`", "how many utterances are decoded at once"),
    Key("end_silence", "duration", "`450ms`", "silence that ends an utterance"),
    Key("longest", "duration", "`10s`", "an utterance is cut after this"),
    Key("stall", "duration", "`2s`", "no recogniser is waited for longer after the end of what is said"),
    Key("late", "duration", "`1s`", "one whose answers take longer is left out, if there is another"),
    Key(
        "budget",
        "cores",
        "`0`",
        "CPU that listening may take; 0: all but a quarter, at least a half; in a container, of its share",
    ),
    Key("streams", "0 to 100000", "`500`", "callers who are listened to at once, at most"),
    Key("keep", "see below", "nothing is kept", "what is kept of failed turns, of callers who agreed"),
)

KEEP = _table(
    Key(
        "consent",
        "variable, or `yes`",
        "needed",
        "of dialplans: who has `yes` in it agreed; `yes`: every caller was told and agreed beforehand",
    ),
    Key("key_file", "file of mode 600", "needed, or `key_env`", "holds the 32 bytes that encrypt them"),
    Key("key_env", "environment variable", "", "holds them instead"),
    Key("folder", "folder", "`var/kept`", "where they lie; of mode 700"),
    Key("longest", "duration", "`30d`", "then they are deleted; 1h to 365d"),
    Key("megabytes", "10 to 1000000", "`200`", "of all together: the oldest go first"),
)

LANGUAGE = _table(
    Key("recognisers", "names, or `{name: …}` with options", "", "best first; the others stand in for it"),
    Key("voices", "names, or `{name: …}` with options", "", "best first; the first to be had is taken"),
    Key("keys_only", "text or `{play: …}`", "in en, ko, zh", "what is said where a menu cannot listen now"),
)

QUEUE = _table(
    Key("skills", "skill: level, or a list of skills", "", "what an agent needs (levels 1 to 100)"),
    Key("strategy", "strategy", "`longest_idle`", "who of the ready agents comes first"),
    Key("options", "name: value", "", "the strategy's own settings"),
    Key("require", "rule: what it asks", "", "who may have its contacts, by rules of eligibility"),
    Key("relaxation", "name, `{name, options}`, or a list", "", "who else may, as time goes by"),
    Key("order", "name, or `{name, options}`", "`priority`", "which waiting contact goes first"),
    Key("ring_time", "duration", "`20s`", "then the next agent is tried"),
    Key("wrap_up", "duration", "`10s`", "the agent's time after each contact"),
    Key("threshold", "duration", "`20s`", "T of the service level"),
    Key(
        "objective",
        "0.01 to 0.999",
        "`0.8`",
        "the share that alerts want answered within it",
    ),
    Key("short_abandon", "duration", "`5s`", "callers who give up sooner are counted apart"),
    Key(
        "max_wait",
        "duration",
        "",
        "so long after joining this queue the caller goes on in the dialplan (after overflow: anew); "
        "none: waits on",
    ),
    Key("retry_after", "duration", "`5s`", "an agent who missed an offer is left alone for so long"),
    Key("pause_after", "0 to 1000", "`0`", "who misses so many offers in a row is paused; 0: nobody"),
    Key("priority", "-1000 to 1000", "`0`", "added to each caller's own; higher goes first"),
    Key("join", "see below", "", "who may join; others go on in the dialplan at once"),
    Key("leave_empty", "yes or no", "`no`", "waiting callers leave when the last agent logs out"),
    Key(
        "last_agent",
        "duration, 30 days at most",
        "`0`",
        "for so long the agent who talked with a caller is preferred (by the relaxation `preferred`)",
    ),
    Key("redial", "duration, 1h at most", "`0`", "who hangs up and calls again so soon has the place again"),
    Key("overflow", "list, see below", "", "when waiting callers move on to other queues"),
    Key("language", "`en`, `ko`, …", "the site's", "of the agents, and of texts that are not by language"),
    Key("music", "music class", "`default`", "what waiting callers hear"),
    Key("whisper", "prompt", "", "what the agent hears before the caller, in that language"),
    Key(
        "whisper_known",
        "prompt",
        "",
        "the same for one whom the caller should rather have (`last_agent`, `prefer`)",
    ),
    Key("announce", "prompt", "", "what waiting callers hear again and again; its texts may be by language"),
    Key("position", "text with `{position}`, or by language", "", "tells waiting callers their place"),
    Key(
        "expected_wait",
        "text with `{minutes}`, or by language",
        "",
        "tells them what their wait is less than",
    ),
    Key("welcome_back", "text, or by language", "", "tells who calls again that the place was kept"),
    Key("comfort", "list of prompts", "", "of which waiting callers hear the next one each time"),
    Key("announce_first", "duration", "`5s`", "until the first announcement"),
    Key("announce_every", "duration", "`30s`", "between announcements"),
)

JOIN = _table(
    Key("empty", "yes or no", "`yes`", "callers may join while nobody is logged in who could take them"),
    Key("waiting", "1 to 100000", "", "so many may wait"),
    Key("expected", "duration", "", "with a longer expected wait nobody joins"),
)

OVERFLOW = _table(
    Key("to", "queue", "needed", "where they go on waiting, with the time that they have waited"),
    Key("after", "duration", "at once, with `expected`", "when they have waited for so long"),
    Key("expected", "duration", "", "and where they are expected to wait for longer than this"),
)

AGENT = _table(
    Key(
        "endpoint",
        "endpoint",
        "needed",
        "what Asterisk dials, such as `PJSIP/agent1`; small and capital letters differ",
    ),
    Key("skills", "skill: level, or a list of skills", "", "what the agent can do (levels 1 to 100)"),
    Key("queues", "names, or name: see below", "by skills", "queues served, whatever they ask for"),
    Key("capacity", "1 to 20", "`1`", "contacts at once"),
    Key("confirm", "yes or no", "`no`", "the agent takes a call by a key, since a voicemail may pick up"),
    Key("display", "text", "", "the name that others see"),
    Key("pbx", "PBX", "`main`", "at which of `pbxs` the phone is registered; `main`: the first"),
)

MEMBER = _table(
    Key("tier", "0 to 1000", "`1`", "level, penalty or ring: lower ones come first"),
    Key("weight", "0 to 1000", "`1`", "share of contacts, where the strategy uses it"),
)

LOOKUP = _table(
    Key("kind", "`http`, `file`, or a plugin's own", "needed", "who makes the lookup"),
    Key("secret_file", "file of mode 600", "", "holds what `{secret}` in a header stands for"),
    Key("secret_env", "environment variable", "", "holds it instead"),
    Key("…", "the kind's own keys", "", "see docs/plugins.md"),
)

WATCH = _table(
    Key("kind", "`app_queue`, or a plugin's own", "needed", "who makes the watch"),
    Key("secret_file", "file of mode 600", "", "holds the secret that the kind needs"),
    Key("secret_env", "environment variable", "", "holds it instead"),
    Key("…", "the kind's own keys", "", "see docs/app-queue.md"),
)

OUTBOUND = _table(
    Key("trunk", "endpoint with `{number}` or `{digits}`", "", "what Asterisk dials: `PJSIP/{number}@trunk`"),
    Key("allowed", "prefixes", "none", "numbers that begin so may be dialled"),
    Key("denied", "prefixes", "", "but not these, whatever is allowed"),
    Key(
        "country",
        "digits",
        "",
        "this site's country code, needed with prefixes: `02…` is then `+82 2…`",
    ),
    Key("international", "prefixes", "`00`", "what stands for `+` when dialled here"),
    Key("national", "digits", "`0`", "what stands before an area code"),
    Key("caller_ids", "name: number", "", "numbers of this site that may be shown"),
    Key("caller_id", "name", "the first", "which is shown if a dialplan does not say"),
    Key("at_once", "0 to 1000", "`2`", "outside calls at the same time"),
    Key("per_hour", "0 to 100000", "`20`", "outside calls in an hour"),
    Key("per_caller", "0 to 1000", "`3`", "of them for one caller's number, or one call without a number"),
    Key("per_number", "0 to 100000", "`10`", "of them to one number that is called"),
    Key("per_hour_anonymous", "0 to 100000", "`5`", "of them for all callers without a number together"),
    Key("longest_call", "duration", "`1h`", "then the outside call is ended"),
    Key("call_back", "see below", "", "how customers are called back"),
)

CALL_BACK = _table(
    Key("tries", "1 to 20", "`3`", "how often a customer is rung, whoever ends the ringing"),
    Key("gap", "duration", "`5m`", "between tries"),
    Key("ring", "duration", "`30s`", "how long it rings; at most 60 s, since an agent waits"),
    Key("most", "0 to 10000", "`50`", "how many call-backs wait at once"),
    Key("longest_wait", "duration", "`4h`", "a call-back that is older is given up"),
    Key(
        "customer_first", "yes or no", "`no`", "ring the customer already while the agent's wrap-up is ending"
    ),
    Key(
        "recognise",
        "yes or no",
        "`yes`",
        "who calls from that number takes the place, not the promise",
    ),
)

MAILBOX = _table(
    Key("longest", "duration", "`2m`", "a message is cut after this"),
    Key("most", "1 to 100000", "`200`", "messages kept at once"),
)

AGENT_RULES = _table(
    Key("pause_reasons", "texts", "any", "the reasons that a pause may have; with them it needs one"),
    Key("longest_wrap_up", "duration", "`30m`", "to how long from now wrap-up can be extended"),
    Key("confirm_key", "one of `0-9*#`", "`1`", "by which agents with `confirm` take a call"),
    Key(
        "confirm_prompt",
        "text with `{key}`, or by language",
        "built in: en, ko, zh",
        "what they are asked again and again when the phone was picked up",
    ),
    Key("confirm_within", "duration, 2s to 1m", "`10s`", "then the call was not answered"),
)

FEATURE_CODES = _table(
    Key("login", "code, or `no`", '`"*11"`', "log in, and be ready"),
    Key("logout", "code, or `no`", '`"*12"`', "log out, if in a call after it"),
    Key("pause", "code, or `no`", '`"*13"`', "pause; the number of one of `pause_reasons` may follow"),
    Key("ready", "code, or `no`", '`"*14"`', "take contacts: ends a pause and wrap-up"),
    Key("wrap_up", "code, or `no`", '`"*15"`', "extend wrap-up; minutes from now may follow, 0 ends it"),
    Key("extend", "duration", "`5m`", "how long from now wrap-up is extended, without minutes"),
    Key("language", "`en`, `ko`, …", "the site's", "in which agents are told; built in: en, ko, zh"),
    Key("say", "answer: text", "built in", "other texts, by the answers of the event `FeatureCodeUsed`"),
    Key("pins", "file of mode 600", "none is asked for", "PIN hashes, for logging in; `ivrcore agent pin`"),
)

IDENTIFY = _table(
    Key("per_call", "1 to 1000", "`6`", "wrong PINs in one call, whomever they are tried for"),
    Key("per_caller", "1 to 100000", "`12`", "the same from one calling number, over all calls"),
    Key("per_hidden", "1 to 100000", "`60`", "the same from all callers who hide their number together"),
    Key("within", "duration", "`1h`", "the time in which these are counted"),
)

SUPERVISORS = _table(
    Key("file", "file of mode 600", "`secrets/supervisors`", "names and PIN hashes; `ivrcore supervisor`"),
    Key("tries", "1 to 1000", "`10`", "wrong PINs over all calls, then nobody is let in for a while"),
    Key("within", "duration", "`1h`", "the time in which these are counted"),
    Key("numbers", "numbers", "", "their own lines, which no emergency closes: else none could open again"),
)

FASTAGI = _table(
    Key("secret_file", "file of mode 600", "needed, or `secret_env`", "holds what every request begins with"),
    Key("secret_env", "environment variable", "", "holds it instead"),
    Key("host", "IP address", "`127.0.0.1`", "where to listen"),
    Key("allow_remote", "yes or no", "`no`", "listen without TLS where other machines reach it"),
    Key("port", "0 to 65535", "`4573`", "where to listen; 0: any free port"),
    Key("allow", "addresses or networks", "this machine", "who may connect"),
    Key("certificate", "file", "no TLS", "PEM, with its chain; Asterisk needs stunnel to speak TLS"),
    Key("certificate_key", "file", "", "the certificate's key"),
    Key("sessions", "1 to 100000", "`2000`", "how many may be open at once"),
    Key("numbers", "numbers or names", "none", "which `numbers` of dialplans may be asked for; checked"),
    Key("longest_wait", "duration, 4h at most", "`10m`", "how long one `route` may wait for an agent"),
    Key("away", "duration, 10m at most", "`30s`", "who is not heard of for so long between two has hung up"),
)

AEAP = _table(
    Key(
        "token_file",
        "file of mode 600",
        "needed, or `token_env`",
        "holds what the URL in aeap.conf ends with",
    ),
    Key("token_env", "environment variable", "", "holds it instead"),
    Key("host", "IP address", "`127.0.0.1`", "where to listen"),
    Key("allow_remote", "yes or no", "`no`", "listen where other machines reach it: there is no TLS"),
    Key("port", "0 to 65535", "`9099`", "where to listen; 0: any free port"),
    Key("allow", "addresses or networks", "this machine", "who may connect"),
    Key("engine", "letters, digits, `_`, `-`", "`ivrcore`", "the engine's name in Asterisk"),
    Key("connections", "1 to 100000", "`500`", "how many may be open at once"),
    Key("grammars", "name: see below", "", "those that are no menu of a dialplan"),
)

AEAP_GRAMMAR = _table(
    Key("language", "`en`, `ko`, …", "the site's", "in which it is heard"),
    Key(
        "phrases",
        "list, or result: list",
        "needed",
        "what may be said, as in menus; without results each is its own",
    ),
    Key("accept", "0 to 1", "`0.9`", "confidence from which it is a match"),
    Key("confirm", "0 to 1", "`0.7`", "confidence from which it is a result at all"),
    Key("intents", "yes or no", "`no`", "callers' own words, as in a menu with `understand: intents`"),
)

SECTIONS = {
    "The file": TOP,
    "asterisk": ASTERISK,
    "pbxs": PBX,
    "fallback": FALLBACK,
    "web": WEB,
    "journal": JOURNAL,
    "history": HISTORY,
    "traces": TRACES,
    "plugins": PLUGINS,
    "speech": SPEECH,
    "keep": KEEP,
    "languages": LANGUAGE,
    "queues": QUEUE,
    "join": JOIN,
    "overflow": OVERFLOW,
    "agents": AGENT,
    "queues of an agent": MEMBER,
    "agent_rules": AGENT_RULES,
    "feature_codes": FEATURE_CODES,
    "lookups": LOOKUP,
    "watches": WATCH,
    "outbound": OUTBOUND,
    "call_back": CALL_BACK,
    "mailboxes": MAILBOX,
    "identify": IDENTIFY,
    "supervisors": SUPERVISORS,
    "fastagi": FASTAGI,
    "aeap": AEAP,
    "grammars": AEAP_GRAMMAR,
    "wallboard": WALLBOARD,
    "levels of the wallboard": LEVELS,
    "overload": OVERLOAD,
    "canary": CANARY,
}
