"""What ``proctor-hub new-plugin`` writes: a vendor's plugin that works, to be changed into yours.

The templates are that plugin, for a vendor called *Some Vendor*; writing one replaces the name.
"""

from __future__ import annotations

from proctor_hub.scaffold.names import Names
from proctor_hub.scaffold.writing import Protocol, write

__all__ = ["Names", "Protocol", "write"]
