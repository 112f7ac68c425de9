"""Random draws: streams of one seed, distributions, rates over time."""
