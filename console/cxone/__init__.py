"""The adapter to CXone: HTTP is spoken here and nowhere else."""
