# mypy: untyped-calls-exclude=twisted
"""What all pages have in common: head, navigation, log-out. Must not know what they show."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.web.template import Tag, flattenString, tags

HTML = "text/html; charset=utf-8"
PAGES = {"/": "Status", "/dialplans": "Dialplans"}


def page(
    title: str,
    *content: Tag,
    live: bool = False,
    styles: Sequence[str] = (),
    modules: Sequence[str] = (),
    class_: str = "",
) -> bytes:
    """Put a page together; a ``live`` one refreshes itself. ``styles`` and ``modules`` are addresses."""
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
    return b"<!DOCTYPE html>\n" + _flat(tags.html(tags.head(*head), body, lang="en"))


def _flat(tag: Tag) -> bytes:
    done: list[bytes] = []
    failed: list[BaseException] = []
    # Nothing in our tags is deferred, so this is over when it returns.
    flattenString(None, tag).addCallbacks(done.append, lambda failure: failed.append(failure.value))
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
