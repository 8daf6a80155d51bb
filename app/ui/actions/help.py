"""What the Help menu does."""

from __future__ import annotations

from .action import Action

ACTIONS: tuple[Action, ...] = (
    Action(
        name="find_action", text="Search actions…", tip="Search all that can be done", keys=("Ctrl+K",),
        icon="ph.command", effect=lambda window: window.search_actions(),
    ),
    Action(
        name="keys", text="Keys", tip="Every shortcut", keys=("F1",), icon="ph.keyboard",
        effect=lambda window: window.show_keys(),
    ),
    Action(
        name="about", text="About AnimaWeave Studio", tip="Version and licences", icon="ph.info",
        effect=lambda window: window.show_about(),
    ),
)  # fmt: skip

MENU = ("find_action", "keys", "about")
"""Its order."""
