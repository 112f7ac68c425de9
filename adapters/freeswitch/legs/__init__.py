"""The table of legs, and what is done with two of them: bridge, hold, reach another node."""
