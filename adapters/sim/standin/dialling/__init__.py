"""Legs that come in or are made, and what lies at their far ends."""
