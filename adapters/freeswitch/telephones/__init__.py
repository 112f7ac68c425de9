"""Registered telephones, usable gateways, and calls that are not the engine's."""
