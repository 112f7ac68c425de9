"""A stand-in for FreeSWITCH: an event socket over TCP with the calls behind it, and no media.

It says and does what FreeSWITCH 1.11.1 was measured to say and do (`docs/freeswitch-behaviour.md`),
in its order and in its time; `tests/contract/` asks the same questions of both. Callers and
telephones are played by the test or by a scenario.

Each room imports only rooms below it:

- `stand_in`: one switch, its start and end, and what a test does to it; `scenario` plays a file.
- `commands`: API commands and dialplan applications by name, tables and reports.
- `event_socket`: connections of clients, and those of the `socket` application.
- `dialling`: legs that come in or are made, and what lies at their far ends.
- `calls`: what happens on legs: states, applications, sound, bridges, transfers, the end.
- `core`: legs, tables and time, and the text formats of FreeSWITCH.
"""
