"""What the simulator cannot start with."""

from __future__ import annotations

from console.domain.errors import BadInput


class SimulatorConfigError(BadInput):
    """A scenario or workflow file that cannot be used; the text names the file and what to do."""
