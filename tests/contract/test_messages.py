"""Messages left with the stand-in, as with FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

_IN_LIVE = "asked of FreeSWITCH alone, for the time it takes"
LEFT_OUT = {"test_a_message_is_kept_however_it_ends": _IN_LIVE}

globals().update(asked_of_the_standin("tests.live.test_messages", LEFT_OUT))
