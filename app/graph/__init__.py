"""The document: nodes, wires and looks as plain JSON. It knows ids and wires, and no node type."""
