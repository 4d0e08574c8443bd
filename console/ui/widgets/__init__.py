"""Small painted or composed controls that panels share."""
