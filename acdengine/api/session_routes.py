"""Sessions: log-in and log-out of accounts, and whose token it is."""

from __future__ import annotations

from msgspec import structs

from acdengine.api.bodies import LogIn
from acdengine.api.problems import Refused
from acdengine.api.request_context import RequestContext
from acdengine.api.views import NewSessionView, SessionView
from acdengine.settings.credentials import Access


async def log_in(context: RequestContext, body: LogIn) -> NewSessionView:
    """Begin a session with the name and password of an account. Needs no token.

    The answer's `token` is used like a token of the settings. Wrong passwords are limited by
    account and by address (429).
    """
    new = await context.access.sessions.log_in(body.account, body.password, context.origin.address)
    view = _view(new.access, new.expires_us)
    return NewSessionView(token=new.token, **structs.asdict(view))


async def log_out(context: RequestContext) -> SessionView:
    """End the session of this token; its live connections are closed."""
    view = await get_session(context)
    if not context.access.end_session(context.origin.digest):
        raise Refused(409, "this is a token of the settings: there is no session to end")
    return view


async def get_session(context: RequestContext) -> SessionView:
    """Whose token this is, and what may be done with it."""
    expires_us = context.access.sessions.expires_us(context.origin.digest)
    return _view(context.rights.access, expires_us)


def _view(access: Access, expires_us: int) -> SessionView:
    return SessionView(
        name=access.name,
        role=access.role,
        tenant_id=access.tenant_id,
        team_ids=access.team_ids,
        agent_id=access.agent_id,
        expires_us=expires_us,
    )
