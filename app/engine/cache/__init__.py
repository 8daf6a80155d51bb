"""The result cache: what a node gave is kept by what it depends on, so that only what changed is run again."""
