"""How panels run: a worker lane for each device, recorded frames, state with undo, and the session that joins them."""
