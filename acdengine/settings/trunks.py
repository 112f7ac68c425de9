"""Trunk groups."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from acdengine.settings.model import SettingsModel
from acdengine.settings.values import Count, GatewayContact, ReferAddress


class TrunkSettings(SettingsModel):
    """Lines that calls arrive on or leave by."""

    kind: Literal["sip", "e1"] = "sip"
    """What the lines are."""
    spans: Count | None = None
    """`e1`: spans of 30 channels each; 1 when `channels` is not given either."""
    channels: Count | None = None
    """Calls at once; 30 for `sip` when not given. One more hears busy (SIP 486)."""
    calls_per_s: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """New calls a second at most; without it there is no such limit. One more is told of congestion
    (SIP 503)."""
    gateways: list[GatewayContact] = []
    """Contacts by which the switch dials out over these lines, such as
    `sofia/gateway/carrier/{number}`, in the order in which they are tried."""
    refer_to: ReferAddress | None = None
    """Address to which its calls may be handed over by REFER (the flow step `transfer` with `by:
    refer`), such as `sip:{number}@carrier.example`; without it they may not."""
    tenant: str | None = None
    """The tenant that all calls of this group belong to; without it the dialled number tells."""
