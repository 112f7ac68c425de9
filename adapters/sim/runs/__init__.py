"""Runs: a scenario or a trace with the engine, measured and reported."""
