"""The data bus: where values lie between nodes."""
