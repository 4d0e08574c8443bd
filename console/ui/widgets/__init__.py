"""The kit: the few widgets everything on the screen is made of."""
