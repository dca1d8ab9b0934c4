"""python -m gazeattack."""

import sys

from gazeattack.cli import main

sys.exit(main())
