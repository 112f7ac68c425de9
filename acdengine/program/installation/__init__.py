"""What comes with the program: examples, units of the service, files written, settings imported."""
