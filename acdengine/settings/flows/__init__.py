"""Flow files: YAML of named steps, checked as one whole, made into definitions for the
interpreter."""
