"""Asterisk by FastAGI: its dialplan hands callers over by ``AGI(agi://…)``.

A caller is one connection (`caller_leg`), on which Asterisk carries out one command at a time. An
agent's leg is dialled by the application ``Dial`` on the caller's connection; two sub-routines of
the dialplan open a connection for that leg before it rings and when it has answered (`agent_leg`).
"""
