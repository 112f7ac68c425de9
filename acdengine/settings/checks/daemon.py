"""Checks of the daemon's settings: tokens that fit their roles, ports that do not collide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from acdengine.settings.checks.trunks import no_tenant
from acdengine.settings.daemon import AccessSettings, DaemonSettings
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.tree import Keys


def daemon_remarks(daemon: DaemonSettings, scopes: Mapping[str, Scope]) -> Iterator[Remark]:
    """What is wrong with the daemon's settings, given all tenants."""
    for name, token in daemon.control.tokens.items():
        yield from access_remarks(token, scopes, ("daemon", "control", "tokens", name), "token")
    for number, network in enumerate(daemon.call_socket.allow):
        try:
            ip_network(network, strict=True)
        except ValueError as error:
            message = f"is no network: {error}"
            allowed = ("daemon", "call_socket", "allow", number)
            yield Remark(allowed, message, "an address, or a network with its prefix")
    control, metrics = daemon.control, daemon.metrics
    same = (control.host, control.port) == (metrics.host, metrics.port)
    if metrics.enabled and control.port and same:
        path = ("daemon", "metrics", "port")
        yield Remark(path, f"{metrics.port} is the port of control too", "another port")


def access_remarks(
    access: AccessSettings, scopes: Mapping[str, Scope], path: Keys, noun: str
) -> Iterator[Remark]:
    """What is wrong with the role and scope of a token or an account."""
    role = access.role
    if role == "agent" and access.agent is None:
        yield Remark(path, "says no agent", f"agent, whose {noun} it is", lacks=path)
    if access.agent is not None and role not in ("agent", "supervisor"):
        yield Remark((*path, "agent"), f"has no meaning for {role}", "role: agent or supervisor")
    if access.teams and role != "supervisor":
        yield Remark((*path, "teams"), f"has no meaning for {role}", "role: supervisor")
    if access.tenant is None:
        if access.agent is not None or access.teams:
            yield Remark(path, "says no tenant", "tenant, whose names these are", lacks=path)
        return
    yield from no_tenant(access.tenant, scopes, (*path, "tenant"))
    scope = scopes.get(access.tenant)
    if scope is None:
        return
    yield from scope.refer_all("teams", access.teams, (*path, "teams"))
    if access.agent is not None:
        yield from scope.refer("agents", access.agent, (*path, "agent"))
