"""What scripts take from Asterisk's dialplan: variables, ``${…}`` and functions."""
