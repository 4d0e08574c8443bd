"""The pages of the window; no panel imports another."""
