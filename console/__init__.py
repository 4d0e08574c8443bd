"""A desktop console for contact centers on NICE CXone: triggers, instances, and a provable trail."""

from typing import Final

VERSION: Final = "0.1.0"
