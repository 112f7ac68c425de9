"""Recorded events through the engine once more: the same decisions, or the first that is not."""
