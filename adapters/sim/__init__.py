"""The simulator: trunks, callers and agents drawn from a seed, in virtual or in real time."""
