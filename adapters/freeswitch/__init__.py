"""FreeSWITCH over its event socket, in rooms. Each room imports only rooms below it.

- `node`: one FreeSWITCH as a port of the engine, composed of `call_parts` (commands and events of
  calls), `switch_events` and `leg_events` (what the connection tells), `after_comparison`,
  `switch_end`.
- `monitoring`, `telephones`, `doctor`: state of the switch, registered telephones, checks of it.
- `commands`: commands of the engine, each group with its own executor.
- `resync`, `setup`: what is live, read from the switch; the configuration written for it.
- `translation`: events of the switch to the engine.
- `agents`: legs of agents and their nailed-up lines.
- `multiparty`: calls with more than two legs.
- `flow_steps`: steps of flows and scripts on a caller's leg: prompts, keys, recordings, variables.
- `dialling`, `recordings`: legs to external numbers; files that the switch writes.
- `trunks`: trunk groups and their capacity.
- `legs`: the table of legs, bridges and holds.
- `media`: what a caller hears.
- `wire`: sockets and connections.
- `protocol`: frames, events, commands and quoting.
"""

from __future__ import annotations
