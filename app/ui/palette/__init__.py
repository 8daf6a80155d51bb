"""The palette: every node type there is, to be found and added."""
