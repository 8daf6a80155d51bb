"""What may flow through a wire: ports, their types, and whether one type fits another."""
