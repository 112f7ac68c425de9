"""The state of a switch: connected, lagging, lost."""
