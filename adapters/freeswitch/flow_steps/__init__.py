"""Steps of a flow or script on a caller's leg: rows of prompts, keys, recordings, variables."""
