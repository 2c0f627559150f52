"""Who looked at or changed what of a member: written down for ever, with the user of this machine who did it. Nothing personal."""

from __future__ import annotations

import getpass

from hub import models
from hub.widths import WORD_CHARS


def note(what: str, member: str, at_ms: int) -> None:
    """Write down that the present user did `what` ("explain", "erase" ...) about a member."""
    models.AuditRow.objects.create(at_ms=at_ms, who=user()[:WORD_CHARS], what=what, member=member)


def user() -> str:
    """The user of this machine, by name, or by number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
