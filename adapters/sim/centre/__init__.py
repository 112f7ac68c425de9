"""The simulated centre: a switch with its legs, callers, and agents at their telephones."""
