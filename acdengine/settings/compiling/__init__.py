"""From checked settings to the parts of a plan: ids in full, integers, microseconds."""
