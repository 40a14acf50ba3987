"""How a recorded computation is shown."""
