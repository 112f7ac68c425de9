"""Adapters: what speaks with a switch, real or simulated, on the engine's behalf."""
