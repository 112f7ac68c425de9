"""Legs to external numbers: gateways in turn, callbacks, consulted parties and supervisors."""
