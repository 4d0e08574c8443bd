"""The composition root: builds every object, starts and stops them; alone knows all rings."""
