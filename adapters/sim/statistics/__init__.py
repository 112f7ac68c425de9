"""Statistics: estimates with their confidence, and the formulas of Erlang."""
