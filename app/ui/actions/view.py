"""What the View menu does."""

from __future__ import annotations

from .action import SEPARATOR, Action, is_any_selected

ACTIONS: tuple[Action, ...] = (
    Action(
        name="minimap", text="Map", tip="Show the whole graph in a corner", keys=("Ctrl+Shift+M",),
        effect=lambda window: window.set_minimap(window.canvas.minimap.isHidden()),
        is_on=lambda window: not window.canvas.minimap.isHidden(),
    ),
    Action(
        name="bookmark", text="Bookmark this place…", tip="Remember what is in view",
        keys=("Ctrl+Shift+D",),
        effect=lambda window: window.add_bookmark(),
    ),
    Action(
        name="go_to_bookmark", text="Go to bookmark…", tip="Search for a bookmarked place",
        keys=("Ctrl+Shift+F",),
        when=lambda window: bool(window.editor.graph.view.bookmarks),
        effect=lambda window: window.search_bookmarks(),
    ),
    Action(
        name="fit_all", text="Fit all", tip="Show the whole graph", keys=("Home",), on_canvas=True,
        effect=lambda window: window.canvas.fit_all(),
    ),
    Action(
        name="fit_selection", text="Fit selection", tip="Show the selected nodes", keys=("F",), on_canvas=True,
        effect=lambda window: window.canvas.fit_selection(), when=is_any_selected,
    ),
    Action(
        name="zoom_in", text="Zoom in", tip="One step nearer", keys=("Ctrl++", "Ctrl+="),
        effect=lambda window: window.canvas.zoom_in(),
    ),
    Action(
        name="zoom_out", text="Zoom out", tip="One step further away", keys=("Ctrl+-",),
        effect=lambda window: window.canvas.zoom_out(),
    ),
    Action(
        name="reset_zoom", text="100 %", tip="Show at its own size", keys=("Ctrl+0",),
        effect=lambda window: window.canvas.reset_zoom(),
    ),
    Action(
        name="theme_light", text="Light", tip="Light theme",
        effect=lambda window: window.set_theme("light"), is_on=lambda window: window.theme.choice == "light",
    ),
    Action(
        name="theme_dark", text="Dark", tip="Dark theme",
        effect=lambda window: window.set_theme("dark"), is_on=lambda window: window.theme.choice == "dark",
    ),
    Action(
        name="theme_system", text="As the system", tip="The system's theme",
        effect=lambda window: window.set_theme("system"), is_on=lambda window: window.theme.choice == "system",
    ),
)  # fmt: skip

MENU = (
    *("minimap", "bookmark", "go_to_bookmark", SEPARATOR),
    *("fit_all", "fit_selection", SEPARATOR, "zoom_in", "zoom_out", "reset_zoom", SEPARATOR),
    *("panels", SEPARATOR, "theme_light", "theme_dark", "theme_system"),
)
"""Its order."""
