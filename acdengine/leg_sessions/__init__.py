"""A caller's leg in the hands of a script: the port, and its implementation on any switch that
carries the engine's commands out."""
