"""What is wrong with a graph, found without running it."""
