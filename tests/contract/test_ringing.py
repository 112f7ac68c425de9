"""How telephones of the stand-in ring, as those of FreeSWITCH do."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

LEFT_OUT = {
    "test_a_number_of_the_switch_itself_is_an_agents_telephone": (
        "what is heard through the two halves of a loopback leg is not followed"
    ),
}

globals().update(asked_of_the_standin("tests.live.test_ringing", LEFT_OUT))
