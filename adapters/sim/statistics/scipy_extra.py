"""scipy, which confidence intervals and patience estimates use: an extra of the package."""

from __future__ import annotations

from importlib.util import find_spec


class MissingScipyError(Exception):
    """scipy is not installed; the message says how to get it."""


def require_scipy() -> None:
    """Check for scipy without loading it.

    Raises:
        MissingScipyError: it is not installed.
    """
    if find_spec("scipy") is None:
        raise MissingScipyError(
            "confidence intervals and patience estimates need scipy: pip install scipy"
            " (with pipx: pipx inject acdengine scipy)"
        )
