"""What is live on a node, read from the switch after a connection or a loss of events."""
