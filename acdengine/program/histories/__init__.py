"""Histories of other systems as facts, so that their calls are records like our own."""
