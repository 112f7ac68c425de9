"""Flows tried and tested without a switch: a telephone in virtual time, cases, pictures."""
