"""Questions to the operator: opened with `open()`, answered by a signal."""
