"""Run mirkg as `python -m mirkg`."""

import sys

from mirkg.cli import main

sys.exit(main())
