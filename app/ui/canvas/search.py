"""The box that finds a node to add: letters, arrows, Enter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ..icons import icon
from ..theme import Theme

SHOWN = 60
"""Entries that the list shows at most."""

ROWS = 10
"""Entries that are in view at once."""

ROW, FRAME = 24, 60
"""Height of an entry, and of what is around the list."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to choose.

    Attributes:
        text: Its name.
        detail: Shown behind it.
        icon: Name of its icon.
        vessel: Whose colour the icon has.
        choose: Called when it is chosen.
        words: Searched too, but not shown.
    """

    text: str
    detail: str
    icon: str
    vessel: str
    choose: Callable[[], object]
    words: str = ""


def rank(words: str, entry: Entry) -> tuple[int, int, str] | None:
    """How well an entry matches what was typed; smaller is better, None for not at all.

    Every typed word must begin a word of the name or detail, or stand in it, or its letters in that order.
    """
    text, detail = entry.text.lower(), f"{entry.detail} {entry.words}".lower()
    worst = 0
    for word in words.lower().split():
        if text.startswith(word):
            score = 0
        elif any(part.startswith(word) for part in text.replace("_", " ").split()):
            score = 1
        elif word in text:
            score = 2
        elif word in detail:
            score = 3
        elif _in_order(word, text):
            score = 4
        else:
            return None
        worst = max(worst, score)
    return worst, len(text), text


def _in_order(letters: str, text: str) -> bool:
    rest = iter(text)
    return all(letter in rest for letter in letters)


class SearchBox(QFrame):
    """A popup with a field and the entries that match; Esc or a click elsewhere closes it."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._theme = theme
        self._entries: Sequence[Entry] = ()  # The base, then what is typed.
        self._base: Sequence[Entry] = ()
        self._typed: Callable[[str], list[Entry]] | None = None
        self.setObjectName("search_box")
        self.setFixedWidth(320)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        self.field = QLineEdit()
        self.field.setObjectName("search_field")
        self.field.setPlaceholderText("Search nodes")
        self.field.setAccessibleName("Search nodes")
        self.list = QListWidget()
        self.list.setObjectName("search_results")
        self.list.setIconSize(QSize(16, 16))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = QLabel("Nothing of this name")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(self.field)
        layout.addWidget(self.list, 1)
        layout.addWidget(self._empty, 1)
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(lambda _: self._choose())
        self.list.itemClicked.connect(lambda _: self._choose())

    def open(
        self,
        entries: Sequence[Entry],
        at: QPoint,
        *,
        hint: str = "Search nodes",
        text: str = "",
        typed: Callable[[str], list[Entry]] | None = None,
    ) -> None:
        """Show entries near a point of the screen.

        Args:
            entries: To choose from.
            at: The point.
            hint: In the empty field.
            text: In the field.
            typed: Gives what the text in the field stands for by itself, to be offered first.
        """
        self._base, self._typed = entries, typed
        self.field.setPlaceholderText(hint)
        self.field.setText(text)
        self._filter()
        raised, border = self._theme.colour("raised").name(), self._theme.colour("border2").name()
        self.setStyleSheet(f"#search_box {{ background: {raised}; border: 1px solid {border}; }}")
        screen = self.screen().availableGeometry()
        x = min(at.x(), screen.right() - self.width())
        y = min(at.y(), screen.bottom() - self.height())
        self.move(max(screen.left(), x), max(screen.top(), y))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the field move through and choose from the list."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if key == Qt.Key.Key_Down else -1
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + step)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose()
                return True
            if key == Qt.Key.Key_Escape:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QEvent) -> None:
        """Say that it was closed."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self.closed.emit()

    def _filter(self) -> None:
        own = self._typed(self.field.text()) if self._typed is not None else []
        self._entries = (*self._base, *own)
        ranked = [(rank(self.field.text(), entry), place) for place, entry in enumerate(self._entries)]
        found = sorted((score, place) for score, place in ranked if score is not None)
        if not self.field.text().strip():
            found = [(score, place) for score, place in ranked if score is not None]
        first = range(len(self._base), len(self._entries))
        found = [*(((0, 0, ""), place) for place in first), *(each for each in found if each[1] not in first)]
        self.list.clear()
        for _, place in found[:SHOWN]:
            entry = self._entries[place]
            item = QListWidgetItem(icon(entry.icon, self._theme.vessel_colour(entry.vessel)), entry.text)
            item.setData(Qt.ItemDataRole.UserRole, place)
            item.setToolTip(entry.detail)
            item.setText(f"{entry.text}    {entry.detail}" if entry.detail else entry.text)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(bool(found))
        self._empty.setVisible(not found)
        self.setFixedHeight(FRAME + ROW * max(1, min(len(found), ROWS)))

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            entry = self._entries[item.data(Qt.ItemDataRole.UserRole)]
            self.close()
            entry.choose()
