"""Ways out of the plan."""

from __future__ import annotations

from collections.abc import Mapping

from acdengine.plan import DialRoute, DialWay
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.compiling.routing import trunk_of
from acdengine.settings.dialling import DialSettings
from acdengine.settings.trunks import TrunkSettings


def dial_route_of(settings: DialSettings, trunks: Mapping[str, TrunkSettings]) -> DialRoute:
    """How a tenant dials out: every gateway of every trunk group named, in order."""
    return DialRoute(
        ways=tuple(
            DialWay(
                contact=gateway,
                trunk_id=name,
                channels=trunk_of(name, trunks[name]).channels,
                calls_per_s=trunks[name].calls_per_s,
            )
            for name in settings.via
            for gateway in trunks[name].gateways
        ),
        caller_number=settings.caller_number or "",
        caller_name=settings.caller_name,
        ring_timeout_us=to_us(settings.ring_timeout_s),
        music=settings.music,
    )
