"""Scenarios: who calls, who answers, over which lines; from files and from a day of traffic."""
