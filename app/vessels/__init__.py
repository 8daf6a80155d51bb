"""The vessels that ship: a module each, named as graphs name it."""
