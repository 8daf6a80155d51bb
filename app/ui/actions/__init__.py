"""Everything that can be done: name, words, key, icon, effect."""
