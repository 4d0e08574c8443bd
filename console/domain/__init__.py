"""Pure rules and frozen values: no clock, disk, network or event loop."""
