"""Files that the package reads at run time: the JSON Schema of the graph file, and who provides which vessel."""
