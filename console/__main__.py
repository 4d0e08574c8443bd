"""`python -m console` is `cxone-console`."""

import sys


def main() -> int:
    """Run one command; Ctrl-C while the program itself is still being read is no traceback either."""
    try:
        from console.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
