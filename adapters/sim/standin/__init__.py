"""A stand-in for FreeSWITCH: an event socket over TCP with the calls behind it, and no media.

It says and does what FreeSWITCH 1.11.1 was measured to say and do (`docs/freeswitch-behaviour.md`),
in its order and in its time; `tests/contract/` asks the same questions of both. Whoever calls and
whoever answers is played by the test or by a scenario.
"""
