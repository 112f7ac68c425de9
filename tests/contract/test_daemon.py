"""`acdengine run --config` as a process of its own, driving the stand-in."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

_IN_LIVE = "asked of FreeSWITCH alone, for the time it takes"

globals().update(asked_of_the_standin("tests.live.test_daemon"))
globals().update(
    asked_of_the_standin(
        "tests.live.test_registrations",
        {
            "test_registrations_from_before_the_daemon_are_known": _IN_LIVE,
            "test_who_is_reached_through_a_gateway_follows_it": "no gateway is pinged",
        },
    )
)
globals().update(
    asked_of_the_standin(
        "tests.live.test_trunk_groups",
        {"test_too_many_calls_a_second_from_a_network_are_told_of_congestion": _IN_LIVE},
    )
)
