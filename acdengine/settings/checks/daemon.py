"""Checks of the daemon's settings: tokens that fit their roles, ports that do not collide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from acdengine.settings.checks.trunks import no_tenant
from acdengine.settings.daemon import DaemonSettings, TokenSettings
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.tree import Keys


def daemon_remarks(daemon: DaemonSettings, scopes: Mapping[str, Scope]) -> Iterator[Remark]:
    """What is wrong with the daemon's settings, given all tenants."""
    for name, token in daemon.control.tokens.items():
        yield from _token(token, scopes, ("daemon", "control", "tokens", name))
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


def _token(token: TokenSettings, scopes: Mapping[str, Scope], path: Keys) -> Iterator[Remark]:
    if token.role == "agent" and token.agent is None:
        yield Remark(path, "says no agent", "agent, who bears this token", lacks=path)
    if token.agent is not None and token.role not in ("agent", "supervisor"):
        expected = "role: agent or supervisor"
        yield Remark((*path, "agent"), f"has no meaning for {token.role}", expected)
    if token.teams and token.role != "supervisor":
        yield Remark((*path, "teams"), f"has no meaning for {token.role}", "role: supervisor")
    if token.tenant is None:
        if token.agent is not None or token.teams:
            yield Remark(path, "says no tenant", "tenant, whose names these are", lacks=path)
        return
    yield from no_tenant(token.tenant, scopes, (*path, "tenant"))
    scope = scopes.get(token.tenant)
    if scope is None:
        return
    yield from scope.refer_all("teams", token.teams, (*path, "teams"))
    if token.agent is not None:
        yield from scope.refer("agents", token.agent, (*path, "agent"))
