"""Table and list models that change by difference, so that selection and scroll survive."""
