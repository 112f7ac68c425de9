"""Commands that talk to a running daemon over its control interface.

They import nothing heavy: `acdengine status` answers in a fifth of a second.
"""
