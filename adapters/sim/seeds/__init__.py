"""Seeded runs: random centres with faults, held against checkers after every event."""
