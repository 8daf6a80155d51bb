"""What can be seen of an engine while it works."""
