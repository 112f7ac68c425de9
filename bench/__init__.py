"""Load tests: how fast, how flat and how large the engine is."""
