"""The daemon's loop: the only clock, the journal, the timer, and the way from event to command."""
