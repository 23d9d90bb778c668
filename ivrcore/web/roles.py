"""Which role each address asks for: one table, looked at before anything else of a request.

An address that is not in it asks for `Role.ADMIN`, so what is forgotten here is closed, not open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from twisted.web.server import Request

from ivrcore.errors import RequestRefused
from ivrcore.tokens import Role, Token
from ivrcore.web.access import Access, Forbidden

LONGEST_AUTHOR = 64
"""Characters of what a client says of its user."""
UNSAID = "api"
"""What clients say who know no user's name."""


class Route(NamedTuple):
    """A method and an address (``*`` is one part of any name), and the least role that may use it."""

    method: str
    path: str
    role: Role


def _all(role: Role, *routes: str) -> tuple[Route, ...]:
    return tuple(Route(method, path, role) for method, _, path in (route.partition(" ") for route in routes))


ROUTES = (
    *_all(
        Role.VIEW,
        "GET /",
        "GET /dialplans",
        "GET /wallboard",
        "GET /metrics",
        "GET /api/v1/agents",
        "GET /api/v1/queues",
        "GET /api/v1/contacts",
        "GET /api/v1/wallboard",
        "GET /api/v1/contacts/*/why",
        "GET /api/v1/announcements",
        "GET /api/v1/announcements/*",
        "GET /api/v1/emergency",
        "GET /api/v1/emergency/*",
        "GET /api/v1/drain",
        "GET /api/v1/dialplans",
        "GET /api/v1/dialplans/*",
        "GET /api/v1/dialplans/*/versions",
        "GET /api/v1/dialplans/*/versions/*",
        "GET /api/v1/dialplans/*/diff",
        "GET /api/v1/dialplans/*/graph",
    ),
    *_all(
        Role.AGENT,
        "POST /api/v1/agents/*/ready",
        "POST /api/v1/agents/*/pause",
        "POST /api/v1/agents/*/logout",
        "POST /api/v1/agents/*/take",
        "POST /api/v1/agents/*/wrap-up",
    ),
    *_all(
        Role.SUPERVISE,
        "POST /api/v1/contacts/*/move",
        "POST /api/v1/contacts/*/prioritise",
        "POST /api/v1/contacts/*/withdraw",
        "POST /api/v1/contacts/*/hand-over",
        "PUT /api/v1/announcements/*",
        "DELETE /api/v1/announcements/*",
        "PUT /api/v1/emergency",
        "PUT /api/v1/emergency/*",
        "GET /api/v1/messages",
        "GET /api/v1/messages/*",
        "DELETE /api/v1/messages/*",
    ),
    *_all(
        Role.ADMIN,
        "DELETE /api/v1/subjects/*",
        # What callers said: for who tunes the menus, and nobody else.
        "GET /api/v1/kept",
        "DELETE /api/v1/kept",
        "GET /api/v1/kept/*",
        "PUT /api/v1/kept/*",
        "DELETE /api/v1/kept/*",
        "PUT /api/v1/dialplans/*",
        # They change nothing; reading a large text, drawing it, calling it in tests takes a core for long.
        "POST /api/v1/dialplans/check",
        "POST /api/v1/dialplans/*/check",
        "POST /api/v1/dialplans/graph",
        "POST /api/v1/dialplans/test",
        "POST /api/v1/dialplans/*/rollback",
        "POST /api/v1/dialplans/reload",
        "POST /api/v1/config/reload",
        "POST /api/v1/drain",
        "DELETE /api/v1/drain",
        "GET /api/v1/hand-over",
        "POST /api/v1/hand-over",
        "PUT /api/v1/hand-over",
    ),
)
"""All of them, but for those that ask for nothing: the login form, what pages are made of, the two probes."""


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


_ROLES = {(route.method, _parts(route.path)): route.role for route in ROUTES}
_WIDTHS = {len(path) for _, path in _ROLES}


def role_needed(method: str, path: Sequence[str]) -> Role:
    """Give the least role for a method and the parts of an address; empty parts count for nothing."""
    method = "GET" if method == "HEAD" else method
    found = _candidates(tuple(part for part in path if part))
    return next((_ROLES[method, one] for one in found if (method, one) in _ROLES), Role.ADMIN)


def _candidates(parts: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Give the addresses of the table that these parts may be, the most exact first."""
    if len(parts) not in _WIDTHS:
        return []
    found: list[tuple[str, ...]] = [()]
    for part in parts:
        found = [(*one, each) for one in found for each in (part, "*")]
    return found


class Gate:
    """Lets through whose role is enough. ``who`` gives the token of a request, or raises Unauthorised."""

    def __init__(self, who: Callable[[Request], Token]) -> None:
        self.who = who

    def check(self, request: Request) -> None:
        """Raise Unauthorised, or :class:`Forbidden` with the role that is needed."""
        token = self.who(request)
        method = request.method.decode("ascii", "replace")
        needed = role_needed(method, _asked(request))
        if not token.role.may(needed):
            raise _forbidden(token, needed)

    def check_agent(self, request: Request, agent: str) -> None:
        """Raise :class:`Forbidden` for another agent than that of the token's name, unless it supervises."""
        token = self.who(request)
        if token.name != agent and not token.role.may(Role.SUPERVISE):
            raise Forbidden(
                f"the token of {token.name} is for the agent of that name alone",
                status=403,
                hint=f"to tell others takes a token of the role {Role.SUPERVISE}",
            )

    def author(self, request: Request, claim: str = "") -> str:
        """Give who is kept as the author of a change: the token's name, and behind it, in brackets, who the
        client says it is for. Raises :class:`RequestRefused` for what is no name."""
        return signed(self.who(request).name, claim)


def by_token(access: Access) -> Gate:
    """Make the gate of what programs use."""
    return Gate(access.by_token)


def by_page(access: Access) -> Gate:
    """Make the gate of what our pages use too."""
    return Gate(access.by_page)


def by_sight(access: Access) -> Gate:
    """Make the gate of the pages themselves, which change nothing."""
    return Gate(access.by_sight)


def signed(name: str, claim: str) -> str:
    """Write an author; nobody can say another token's name in its place."""
    claim = claim.strip()
    if len(claim) > LONGEST_AUTHOR or not claim.isprintable():
        raise RequestRefused(
            "the author is too long or has unprintable characters",
            hint=f"{LONGEST_AUTHOR} characters at most, in one line",
        )
    return name if claim in ("", UNSAID, name) else f"{name} ({claim})"


def _asked(request: Request) -> list[str]:
    parts = [*(request.prepath or ()), *(request.postpath or ())]
    return [part.decode("utf-8", "replace") for part in parts]


def _forbidden(token: Token, needed: Role) -> Forbidden:
    return Forbidden(
        f"the token of {token.name} has the role {token.role}, which may not do this",
        status=403,
        hint=f"it takes the role {needed}: `ivrcore token add NAME --role {needed}` makes such a token",
    )
