"""``python -m proctor_hub.cli``."""

from __future__ import annotations

import sys

from proctor_hub.cli import main

sys.exit(main())
