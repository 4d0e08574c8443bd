"""Forms built from a workflow's schema: one typed widget for each field."""
