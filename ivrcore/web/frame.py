# mypy: untyped-calls-exclude=twisted
"""What all pages have in common: head, navigation, log-out. Must not know what they show."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from twisted.web.template import Element, Flattenable, Tag, flattenString, tags

HTML = "text/html; charset=utf-8"
PAGES = {"/": "Status", "/wallboard": "Wallboard", "/dialplans": "Dialplans"}


class Rows(Element):
    """The rows of a table, which may be many: `pieces` makes them one after another."""

    def __init__(self, rows: Iterable[Tag]) -> None:
        super().__init__()
        self._rows = list(rows)

    def render(self, request: object) -> Flattenable:
        """Give the rows, or where they are to stand, for who collects them."""
        return request.take(self._rows) if isinstance(request, _Kept) else list(self._rows)


class _Kept:
    """Rows that are made later, each behind a mark that nothing shown can contain."""

    def __init__(self) -> None:
        self._mark = secrets.token_hex(16)
        self.rows: list[list[Tag]] = []

    def take(self, rows: list[Tag]) -> Tag:
        self.rows.append(rows)
        return tags.transparent(self._mark)

    def split(self, text: bytes) -> list[bytes]:
        return text.split(self._mark.encode())


def pieces(title: str, *content: Tag) -> Iterator[bytes]:
    """Put a page together that refreshes itself, bit by bit: a row at a time, since each takes a moment."""
    kept = _Kept()
    text = b"<!DOCTYPE html>\n" + _flat(_html(title, content, live=True), kept)
    first, *others = kept.split(text)
    yield first
    for rows, after in zip(kept.rows, others, strict=True):
        for row in rows:
            yield _flat(row)
        yield after


def page(
    title: str,
    *content: Tag,
    styles: Sequence[str] = (),
    modules: Sequence[str] = (),
    class_: str = "",
) -> bytes:
    """Put a page together. ``styles`` and ``modules`` are addresses."""
    return b"<!DOCTYPE html>\n" + _flat(_html(title, content, styles, modules, class_))


def _html(
    title: str,
    content: Sequence[Tag],
    styles: Sequence[str] = (),
    modules: Sequence[str] = (),
    class_: str = "",
    *,
    live: bool = False,
) -> Tag:
    head = [
        tags.meta(charset="utf-8"),
        tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
        tags.title(title),
        *(tags.link(rel="stylesheet", href=address) for address in ("/style.css", *styles)),
        *(tags.script(src=address, type="module") for address in modules),
    ]
    if live:
        # Without scripts the whole page is loaded again; with them only what changed is exchanged.
        head += [
            tags.script(src="/refresh.js", defer="defer"),
            Tag("noscript")(tags.meta(**{"http-equiv": "refresh", "content": "5"})),
        ]
    body = tags.body(*content, class_=class_) if class_ else tags.body(*content)
    return tags.html(tags.head(*head), body, lang="en")


def _flat(tag: Tag, kept: _Kept | None = None) -> bytes:
    done: list[bytes] = []
    failed: list[BaseException] = []
    # Nothing in our tags is deferred, so this is over when it returns. What collects rows stands where
    # Twisted has the request.
    flattenString(cast("Any", kept), tag).addCallbacks(
        done.append, lambda failure: failed.append(failure.value)
    )
    if failed:
        raise failed[0]
    return done[0]


def navigation(current: str) -> Tag:
    """Give the links between the pages; ``current`` is the address of this one."""
    links = [
        tags.a(words, href=address, **({"aria-current": "page"} if address == current else {}))
        for address, words in PAGES.items()
    ]
    return tags.nav(*links, **{"aria-label": "Pages"})


def log_out() -> Tag:
    """Give the button that ends the session."""
    return tags.form(tags.button("Log out", type="submit"), method="post", action="/logout")


def table(caption: str, heads: Sequence[str], rows: Iterable[Tag], empty: str) -> Tag:
    """Give a table that scrolls by itself; ``empty`` is said where there are no rows."""
    body = list(rows) or [tags.tr(tags.td(empty, colspan=str(len(heads)), class_="note"))]
    listed = tags.table(
        tags.caption(caption),
        tags.thead(tags.tr(*(tags.th(head, scope="col") for head in heads))),
        tags.tbody(cast("Any", Rows(body))),  # zope tells mypy nothing of what renders
    )
    # Wide tables scroll inside their own box, by keyboard too.
    return tags.div(listed, class_="scroll", tabindex="0", role="region", **{"aria-label": caption})


def duration(seconds: float) -> str:
    """Write a length of time as m:ss or h:mm:ss."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def clock(at: float) -> str:
    """Write a time of day, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
