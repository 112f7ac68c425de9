"""The kinds of step, compiled: how each is entered, answered, and taken up after a restart."""
