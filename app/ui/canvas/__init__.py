"""The canvas: the graph as nodes and wires, and what the hand does with them."""
