"""Checks of the whole settings: what no field knows by itself."""
