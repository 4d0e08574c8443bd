"""A desktop console for contact centers on NICE CXone: triggers, instances, and a provable trail."""

import sys
from typing import Final

VERSION: Final = "0.1.0"

# Whole numbers of any sensible size stay exact; Python's own guard of 4,300 digits is too tight,
# none at all would let a hostile answer keep the program busy for minutes.
sys.set_int_max_str_digits(100_000)
