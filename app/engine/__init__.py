"""From a graph to its results: compiler, actors, bus. Knows no window and no terminal."""
