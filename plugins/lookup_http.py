"""Lookup `http`: asks a web service and reads JSON. What is sent is written in the configuration alone.

Keys: ``url`` (with ``{name}`` of the dialplan's values, also in its query), ``method`` (GET or POST),
``headers`` (``{secret}`` is the configured secret), ``body`` (for POST: a mapping, whose texts may be
``{name}``; else all values), ``timeout`` (seconds), ``largest`` (bytes of an answer), ``not_found`` (statuses
that mean "no such one" or "wrong PIN"), ``failures`` and ``rest`` (so many failures in a row, then so many
seconds left alone), ``ca_file`` (trust this authority only), ``insecure: yes`` (plain http to another
machine), ``at_once`` (requests under way).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from ivrcore.api import ConfigError, Json, Lookup, LookupFailed, LookupResting, Scalar, hookimpl, is_loopback

if TYPE_CHECKING:  # a check of a site need not wait for Twisted
    from twisted.internet.defer import Deferred

KEYS = (
    "url", "method", "headers", "body", "timeout", "largest", "not_found", "failures", "rest", "ca_file",
    "insecure", "at_once", "secret", "folder",
)  # fmt: skip
PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")
CONNECTIONS = 8
"""Kept open to one service."""


@hookimpl
def ivrcore_lookup(name: str, kind: str, options: Mapping[str, object]) -> Lookup | None:
    """Make a lookup over HTTP; nothing is connected before somebody asks."""
    return HttpLookup(name, _Options.read(name, options)) if kind == "http" else None


@dataclass(frozen=True)
class _Options:
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = None
    timeout: float = 5.0
    largest: int = 65536
    not_found: frozenset[int] = frozenset({404})
    failures: int = 5
    rest: float = 30.0
    at_once: int = 50
    ca_file: Path | None = None

    @staticmethod
    def read(name: str, given: Mapping[str, object]) -> _Options:
        """Read the keys; raise ConfigError for what cannot be used."""
        read = _Reader(name, given)
        secret = read.text("secret", "")
        headers = {key: text.replace("{secret}", secret) for key, text in read.texts("headers").items()}
        ca_file = read.text("ca_file", "")
        return _Options(
            url=read.url(),
            method=read.one_of("method", "GET", ("GET", "POST")),
            headers={"Accept": "application/json", **headers},
            body=read.body(),
            timeout=read.number("timeout", 5.0, 0.05, 60.0),
            largest=int(read.number("largest", 65536, 100, 10_000_000)),
            not_found=read.statuses(),
            failures=int(read.number("failures", 5, 1, 1000)),
            rest=read.number("rest", 30.0, 0.1, 3600.0),
            at_once=int(read.number("at_once", 50, 1, 1000)),
            ca_file=Path(read.text("folder", "."), ca_file) if ca_file else None,
        )


class _Reader(NamedTuple):
    name: str
    given: Mapping[str, object]

    def wrong(self, key: str, wanted: str) -> ConfigError:
        return ConfigError(f"lookup {self.name}: {key!r} must be {wanted}")

    def text(self, key: str, default: str) -> str:
        value = self.given.get(key, default)
        if not isinstance(value, str) or any(ord(letter) < 32 for letter in value):
            raise self.wrong(key, "a text in one line")
        return value

    def one_of(self, key: str, default: str, words: tuple[str, ...]) -> str:
        text = self.text(key, default).upper()
        if text not in words:
            raise self.wrong(key, " or ".join(words))
        return text

    def number(self, key: str, default: float, least: float, most: float) -> float:
        try:
            value = float(self.text(key, str(default)).removesuffix("s"))
        except ValueError:
            value = -1.0
        if not least <= value <= most:
            raise self.wrong(key, f"a number from {least:g} to {most:g}")
        return value

    def texts(self, key: str) -> dict[str, str]:
        value = self.given.get(key, {})
        good = isinstance(value, Mapping) and all(
            isinstance(text, str) and text.isprintable() and str(name).isprintable()
            for name, text in value.items()
        )
        if not good or not isinstance(value, Mapping):
            raise self.wrong(key, "a mapping of texts")
        return {str(name): str(text) for name, text in value.items()}

    def statuses(self) -> frozenset[int]:
        value = self.given.get("not_found", ["404"])
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) and re.fullmatch(r"4\d\d|204", one) for one in items):
            raise self.wrong("not_found", "statuses such as [404, 401]")
        return frozenset(int(str(one)) for one in items)

    def body(self) -> Mapping[str, Any] | None:
        value = self.given.get("body")
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.wrong("body", "a mapping")
        return value

    def url(self) -> str:
        unknown = sorted(set(self.given) - set(KEYS))
        if unknown:
            raise ConfigError(
                f"lookup {self.name}: unknown key {unknown[0]!r}", hint=f"known: {', '.join(KEYS)}"
            )
        url = self.text("url", "")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or "{" in parts.netloc or parts.username or parts.fragment:
            raise self.wrong("url", "such as https://crm.example/customers/{number}")
        insecure = self.one_of("insecure", "NO", ("YES", "NO", "TRUE", "FALSE")) in ("YES", "TRUE")
        if parts.scheme == "http" and not is_loopback(parts.hostname or "") and not insecure:
            raise ConfigError(
                f"lookup {self.name}: callers' values would cross the network in the clear",
                hint="use https, or write 'insecure: yes' if that network is trusted",
            )
        return url


class Breaker:
    """Leaves alone for ``rest`` seconds what failed ``failures`` times in a row; then one try decides."""

    def __init__(self, failures: int, rest: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._rest, self._now = failures, rest, now
        self._failed = 0
        self._until = 0.0

    def allows(self) -> bool:
        """Whether to ask now; the first one after a rest keeps the others waiting for its outcome."""
        if self._failed < self._most:
            return True
        if self._now() < self._until:
            return False
        self._until = self._now() + self._rest
        return True

    def good(self) -> None:
        """It answered."""
        self._failed = 0

    def bad(self) -> None:
        """It did not."""
        self._failed += 1
        if self._failed >= self._most:
            self._until = self._now() + self._rest


class HttpLookup:
    """Asks one address; connections are kept and shared."""

    def __init__(self, name: str, options: _Options) -> None:
        self._name = name
        self._options = options
        self._breaker = Breaker(options.failures, options.rest)
        self._under_way = 0
        self._client: Any = None
        self._pool: Any = None

    def ask(self, values: Mapping[str, Scalar], timeout: float) -> Deferred[Json]:
        """See :class:`ivrcore.api.Lookup`."""
        if not self._breaker.allows():
            raise LookupResting(f"lookup {self._name} failed {self._options.failures} times: left alone")
        if self._under_way >= self._options.at_once:
            raise LookupFailed(f"lookup {self._name}: {self._under_way} requests are under way already")
        from twisted.internet.defer import Deferred, inlineCallbacks

        url, body = _filled(self._options, values)
        self._under_way += 1
        fetching: Deferred[Json] = inlineCallbacks(self._fetch)(url, body)
        wanted: Deferred[Json] = Deferred(lambda _: fetching.cancel())
        timer = _reactor().callLater(min(timeout, self._options.timeout), fetching.cancel)
        fetching.addBoth(self._over, wanted, timer)
        return wanted

    def close(self) -> None:
        """Close the kept connections."""
        if self._pool is not None:
            self._pool.closeCachedConnections()

    def _over(self, result: Any, wanted: Deferred[Json], timer: Any) -> None:
        """Tell what came of it; the error's own text may hold the address, and so values."""
        from twisted.python.failure import Failure

        self._under_way -= 1
        error = result.value if isinstance(result, Failure) else None
        in_time = timer.active()
        if in_time:
            timer.cancel()
        if error is not None and in_time and _cancelled(error):
            return  # nobody waits any more: it says nothing about the service
        if error is None:
            self._breaker.good()
            wanted.callback(result)
            return
        self._breaker.bad()
        what = type(error).__name__ if in_time else "no answer in time"
        ours = isinstance(error, LookupFailed)
        wanted.errback(error if ours else LookupFailed(f"lookup {self._name}: {what}"))

    def _fetch(self, url: str, body: Mapping[str, Any] | None) -> Generator[Deferred[Any], Any, Json]:
        sent = {"data": json.dumps(body).encode()} if body is not None else {}
        headers = {**self._options.headers, **({"Content-Type": "application/json"} if sent else {})}
        response = yield self._connected().request(
            self._options.method, url, headers=headers, allow_redirects=False, unbuffered=True, **sent
        )
        content = yield _limited(response, self._options.largest)
        if response.code in self._options.not_found:
            return None
        if response.code != 200:
            raise LookupFailed(f"lookup {self._name}: status {response.code}")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise LookupFailed(f"lookup {self._name}: the answer is no JSON") from None

    def _connected(self) -> Any:
        if self._client is None:
            from treq.client import HTTPClient
            from twisted.web import client

            reactor = _reactor()
            untyped: Any = client  # its classes carry no types
            pool = untyped.HTTPConnectionPool(reactor)
            pool.maxPersistentPerHost = CONNECTIONS
            pool.retryAutomatically = False  # a lookup may change something: asked once
            trust = {"contextFactory": _trusting(self._options.ca_file)} if self._options.ca_file else {}
            agent = untyped.Agent(reactor, pool=pool, connectTimeout=self._options.timeout, **trust)
            self._pool, self._client = pool, HTTPClient(agent)
        return self._client


def _cancelled(error: BaseException) -> bool:
    """Whether a request ended because it was cancelled, whatever the client wrapped around that."""
    reasons = getattr(error, "reasons", ())
    from twisted.internet.defer import CancelledError

    return isinstance(error, CancelledError) or any(reason.check(CancelledError) for reason in reasons)


def _reactor() -> Any:
    from twisted.internet import reactor  # not before the server has chosen it

    return reactor


def _trusting(ca_file: Path) -> Any:
    from twisted.internet import ssl
    from twisted.web import client

    untyped_ssl: Any = ssl
    untyped: Any = client
    authority = untyped_ssl.Certificate.loadPEM(ca_file.read_bytes())
    return untyped.BrowserLikePolicyForHTTPS(untyped_ssl.trustRootFromCertificates([authority]))


def _limited(response: Any, largest: int) -> Deferred[bytes]:
    """Collect a body; one that is larger is cut off, and the lookup fails."""
    import treq
    from twisted.internet.defer import Deferred

    parts: list[bytes] = []
    result: Deferred[bytes] = Deferred(lambda _: response._transport.abortConnection())

    def take(data: bytes) -> None:
        parts.append(data)
        if sum(map(len, parts)) > largest:
            raise LookupFailed(f"the answer is larger than {largest} bytes")

    collected = treq.collect(response, take)
    collected.addCallback(lambda _: b"".join(parts)).chainDeferred(result)
    return result


def _filled(options: _Options, values: Mapping[str, Scalar]) -> tuple[str, Mapping[str, Any] | None]:
    """Give address and body; raise LookupFailed for a value that is not there or would change the address."""

    def put(match: re.Match[str]) -> str:
        text = _text(values, match[1])
        if text in ("", ".", ".."):
            raise LookupFailed(f"the value {match[1]} cannot stand in an address")
        return quote(text, safe="")

    url = PLACE.sub(put, options.url)
    if options.method != "POST":
        return url, None
    return url, dict(values) if options.body is None else _body(options.body, values)


def _body(template: Any, values: Mapping[str, Scalar]) -> Any:
    if isinstance(template, Mapping):
        return {key: _body(inner, values) for key, inner in template.items()}
    if isinstance(template, list):
        return [_body(inner, values) for inner in template]
    whole = PLACE.fullmatch(template)
    if whole:
        return _value(values, whole[1])
    return PLACE.sub(lambda match: _text(values, match[1]), template)


def _value(values: Mapping[str, Scalar], name: str) -> Scalar:
    if name not in values:
        raise LookupFailed(f"the dialplan gives no value {name}")
    return values[name]


def _text(values: Mapping[str, Scalar], name: str) -> str:
    value = _value(values, name)
    return "" if value is None else str(value)
