"""The live console: queues, agents and the last decisions, on a screen or as lines."""
