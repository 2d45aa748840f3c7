"""`python -m tagwright`."""

import sys

from tagwright.cli import main

sys.exit(main())
