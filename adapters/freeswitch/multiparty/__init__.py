"""Calls with more than two legs."""
