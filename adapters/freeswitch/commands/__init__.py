"""The engine's commands, each group with what it needs, and what is reported of one that fails."""
