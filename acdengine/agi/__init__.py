"""AGI: scripts of Asterisk on a caller's leg, whatever switch the leg is on.

A script, a local program or a FastAGI server, sends a command a line and reads the reply. The
replies have the forms of Asterisk 20 to 23 (`res/res_agi.c`, `main/pbx_variables.c`,
`main/db.c`). What a command does to the leg goes through a `LegSession`.
"""
