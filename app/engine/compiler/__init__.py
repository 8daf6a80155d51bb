"""From a graph to an immutable plan."""
