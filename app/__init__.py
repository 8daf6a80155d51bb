"""AnimaWeave Studio: wire typed nodes into a graph, check it, run it."""
