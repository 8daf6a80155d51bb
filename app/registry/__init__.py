"""Which node types there are, and who provides them."""
