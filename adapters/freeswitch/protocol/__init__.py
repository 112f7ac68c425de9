"""What crosses the event socket: frames, events, commands, quoting, causes. No input or output."""
