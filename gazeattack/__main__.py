"""python -m gazeattack, and the command gazeattack."""

import sys

from gazeattack.interrupt import exit_at_once


def main() -> int:
    """Run a command; Ctrl-C ends it without a traceback from its first moment on."""
    exit_at_once()
    from gazeattack.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
