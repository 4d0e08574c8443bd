"""`python -m console` is `cxone-console`."""

import sys
from typing import Final

_HELPING: Final = {"--multiprocessing-fork", "-c"}


def main() -> int:
    """Run one command; Ctrl-C while the program itself is still being read is no traceback either."""
    if getattr(sys, "frozen", False) and _HELPING & set(sys.argv):
        # The built program is its own helper process where lines are hashed in several.
        from multiprocessing import freeze_support

        freeze_support()
    try:
        from console.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
