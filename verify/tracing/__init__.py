"""Records fingerprints of a program's arrays as a trace; works without the rest of this project.

The room imports only the standard library, and NumPy when it is first needed, and runs on Python 3.9. So its files can
be copied into a directory under another name and be loaded by any Python (`appliance.tracing`). `active` is the
recorder of this process; it is None unless a trace was asked for.

    from verify.tracing.recorder import Recorder         # see there: enter, event, begin, close
    from verify.tracing.fingerprints import FUNCTION, fingerprint_array, fingerprint_chunks
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.tracing.recorder import Recorder

active: Recorder | None = None
