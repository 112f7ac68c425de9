"""The control interface: HTTP and a live feed over WebSocket, in the daemon's own loop.

`routes.py` is the table of all there is; `server.py` is the way of one request through token, rate,
role, reading and answer. What a token may see is decided in one place, `authorisation.py`.
"""
