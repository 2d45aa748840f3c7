"""How tags are chosen; one kind a file."""
