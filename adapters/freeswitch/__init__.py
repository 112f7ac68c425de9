"""FreeSWITCH over its event socket: bytes, events, commands and the connections that carry them.

From the wire up: `codec` cuts bytes into frames; `event_reader` reads what an event says;
`quoting`, `dial_strings` and `command_lines` build what is sent, so that no value from outside can
be more than a value; `replies` and `jobs` match answers to questions; `link` is one socket,
`connection` keeps one alive towards a node, and `outbound` serves the `socket` application.
"""

from __future__ import annotations
