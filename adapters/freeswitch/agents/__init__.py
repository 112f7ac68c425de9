"""Legs of agents: how they are created, several telephones of one agent, nailed-up lines."""
