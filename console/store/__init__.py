"""What outlives the process: database, trail files and keyring are touched here and nowhere else."""
