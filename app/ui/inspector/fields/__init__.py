"""What a value is edited with: a field for each kind of type."""
