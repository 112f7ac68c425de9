"""Checkers: what must hold after every event, computed from events, commands and facts alone.

They know nothing of the engine's insides and share no code with it: each keeps a small model of its
own and compares. The settings (the plan) they may read, since they say what was promised.
"""
