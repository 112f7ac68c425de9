"""What flows ask of systems beyond the switch: HTTP, and scripts."""
