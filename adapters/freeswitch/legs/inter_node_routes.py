"""Routes from one node to telephones registered at another: the agent's leg goes there by SIP.

    caller --- A --- agent's leg --(SIP)--> B --- user/1000

The leg that the engine knows is on the caller's node, so that caller and agent are joined there. B
takes what comes from the other nodes' addresses and passes it to the user named; see
docs/many-nodes.md for its dialplan. Only `user/...` contacts go so: the others name a way out that
every node has, or do not say where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from adapters.freeswitch.protocol.command_lines import Command, api
from adapters.freeswitch.protocol.quoting import bare_word, hangup_cause

#: On the INVITE between two nodes: which node sends it, for which offer, and whose domain is meant.
NODE_HEADER: Final = "X-ACD-Node"
_OFFER_HEADER: Final = "X-ACD-Offer"
_DOMAIN_HEADER: Final = "X-ACD-Domain"
_AUTO_ANSWER_HEADER: Final = "X-ACD-Auto-Answer"
_HEADER: Final = "sip_h_"

_USER: Final = re.compile(r"user/([A-Za-z0-9_.+-]{1,64})(?:@([A-Za-z0-9.-]{1,253}))?")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9_.:\[\]-]{1,255}")


class Way(NamedTuple):
    """What is dialled for an agent's leg, and the variables that this way takes besides."""

    contact: str
    variables: Mapping[str, str] = {}


class OtherNodes:
    """How one node reaches the telephones of the others.

    Args:
        node_id: this one.
        addresses: gives the SIP address of each node of the moment; empty where there is none.
        profile: the SIP profile of this node by which it calls.
    """

    def __init__(
        self,
        node_id: str,
        addresses: Callable[[], Mapping[str, str]] = dict,
        profile: str = "external",
    ) -> None:
        self._node_id = node_id
        self._addresses = addresses
        self._profile = profile

    def way(self, contact: str, node_id: str, leg_id: str, *, auto_answer: bool = False) -> Way:
        """To a telephone: straight, or through the node where it is registered."""
        direct = Way(contact)
        if node_id in ("", self._node_id):
            return direct
        address = self._addresses().get(node_id, "")
        user = _USER.fullmatch(contact)
        if user is None or not _ADDRESS.fullmatch(address):
            return direct
        headers = {
            NODE_HEADER: self._node_id,
            _OFFER_HEADER: leg_id,
            _DOMAIN_HEADER: user[2] or "",
            _AUTO_ANSWER_HEADER: "true" if auto_answer else "",
        }
        return Way(
            f"sofia/{self._profile}/sip:{user[1]}@{address}",
            {f"{_HEADER}{name}": value for name, value in headers.items()},
        )


class TelephoneRoutes:
    """Routes to telephones; a reload of the settings replaces those to other nodes (`use`)."""

    def __init__(self) -> None:
        self._others = OtherNodes("")

    def use(self, others: OtherNodes) -> None:
        """Reach telephones of other nodes so from now on."""
        self._others = others

    def way(self, contact: str, node_id: str, leg_id: str, *, auto_answer: bool = False) -> Way:
        """What is dialled for a telephone, see `OtherNodes.way`."""
        return self._others.way(contact, node_id, leg_id, auto_answer=auto_answer)


def end_legs_from(node_id: str) -> Command:
    """End the legs that another node, which was lost, had sent here: it cannot do it any more."""
    cause = hangup_cause("NORMAL_TEMPORARY_FAILURE")
    return api("hupall", f"{cause} {_HEADER}{NODE_HEADER} {bare_word('node', node_id)}")
