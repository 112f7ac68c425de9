"""Settings: YAML files in, checked models out, every problem named with file, line and column."""
