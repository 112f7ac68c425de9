"""`python -m adapters.sim.seeds`."""

from __future__ import annotations

import sys

from adapters.sim.seeds.command_line import main

sys.exit(main())
