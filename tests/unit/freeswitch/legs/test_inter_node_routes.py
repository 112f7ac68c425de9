"""Telephones at other nodes, and when a node is taken for lost."""

from __future__ import annotations

import asyncio

import pytest

from acdengine.commands import DialParty, RingAgent
from adapters.freeswitch.agents.agent_originate import ring_argument
from adapters.freeswitch.legs.inter_node_routes import OtherNodes, Way, end_legs_from
from adapters.freeswitch.monitoring.switch_loss import SwitchLoss
from adapters.freeswitch.protocol.errors import HalfOpen, Unrepresentable
from adapters.freeswitch.wire.backoff import Outage
from routing.policy import AutoAnswer
from tests.unit.freeswitch.desk import Desk

ADDRESSES = {"east": "10.0.0.1", "west": "10.0.0.2:5080", "dark": "", "odd": "10.0.0.3 evil"}
OTHERS = OtherNodes("east", lambda: ADDRESSES, "between")


def ring(
    contact: str = "user/1000@acd.test", node_id: str = "west", auto_answer: AutoAnswer = ""
) -> RingAgent:
    return RingAgent("o-1", "c", "t/anna", contact, 20_000_000, auto_answer, node_id=node_id)


def way_of(command: RingAgent) -> Way:
    return OTHERS.way(
        command.contact, command.node_id, command.offer_id, auto_answer=bool(command.auto_answer)
    )


def test_a_telephone_at_another_node_is_called_through_it() -> None:
    way = way_of(ring())
    assert way.contact == "sofia/between/sip:1000@10.0.0.2:5080"
    assert {name: value for name, value in way.variables.items() if value} == {
        "sip_h_X-ACD-Node": "east",
        "sip_h_X-ACD-Offer": "o-1",
        "sip_h_X-ACD-Domain": "acd.test",
    }
    assert way_of(ring("user/1000")).variables["sip_h_X-ACD-Domain"] == ""
    loud = way_of(ring(auto_answer="standard"))
    assert loud.variables["sip_h_X-ACD-Auto-Answer"] == "true"


@pytest.mark.parametrize(
    "command",
    [
        ring(node_id=""),
        ring(node_id="east"),
        ring(node_id="nowhere"),
        ring(node_id="dark"),
        ring(node_id="odd"),
        ring("sofia/gateway/carrier/+4930"),
        ring("user/a b@c"),
        ring("user/a,b@c"),
        ring("user/1000@a/b"),
    ],
)
def test_everything_else_is_dialled_as_it_stands(command: RingAgent) -> None:
    assert way_of(command) == Way(command.contact)


def test_the_leg_is_the_offers_own() -> None:
    argument = ring_argument(ring(), None, way_of(ring()))
    assert "origination_uuid=o-1" in argument
    assert "sofia/between/sip:1000@10.0.0.2:5080" in argument


def test_the_adapter_dials_so() -> None:
    desk = Desk()
    desk.parts.routes.use(OTHERS)
    desk.caller()
    desk.orders.execute([ring()])
    assert any("sofia/between/sip:1000@10.0.0.2:5080" in sent for sent in desk.sent)


def test_a_supervisor_at_another_node_is_rung_through_it() -> None:
    desk = Desk()
    desk.parts.routes.use(OTHERS)
    desk.caller()
    desk.orders.execute([DialParty("p", "c", "", "user/2000@acd.test", 20_000_000, node_id="west")])
    (dialled,) = desk.sent
    assert "}sofia/between/sip:2000@10.0.0.2:5080" in dialled
    assert "sip_h_X-ACD-Domain=acd.test" in dialled


def test_legs_of_a_lost_node_are_ended() -> None:
    wire = end_legs_from("east").wire
    assert wire == b"api hupall NORMAL_TEMPORARY_FAILURE sip_h_X-ACD-Node east\n\n"
    with pytest.raises(Unrepresentable):
        end_legs_from("east all\n\napi shutdown")


# -- lost or not -------------------------------------------------------------------------------


async def test_a_machine_that_does_not_answer_is_given_up_after_the_time_that_was_set() -> None:
    lost: list[str] = []
    loss = SwitchLoss(lost.append, asyncio.get_running_loop().call_later)
    silent = Outage(HalfOpen("silent"), was_up=True, retry_in_s=1)
    loss.down(silent)
    loss.use(0.0)
    loss.down(silent)
    loss.up()
    await asyncio.sleep(0)
    assert lost == [], "it was back in time"
    loss.down(silent)
    while not lost:  # noqa: ASYNC110 - it tells nobody but the list
        await asyncio.sleep(0.001)
    loss.down(silent)
    assert lost == ["it does not answer"], "once an outage"
    loss.close()
