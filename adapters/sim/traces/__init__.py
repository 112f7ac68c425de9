"""Recorded traffic: read, described, summed up."""
