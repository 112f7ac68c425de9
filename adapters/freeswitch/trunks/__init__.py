"""Trunk groups of legs, and the capacity of each group."""
