"""Making, writing and colouring frames and notes on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QRectF, QSize
from qtpy.QtGui import (
    QCursor,
)

from ...graph.view import Frame, Note
from .decor import TITLE, Piece
from .text_editor import TextEditor

if TYPE_CHECKING:
    from .view import CanvasView


class Pieces:
    """What is done with frames and notes but for moving them.

    Args:
        canvas: Where they lie.
    """

    def __init__(self, canvas: CanvasView) -> None:
        self._canvas = canvas

    def frame(self) -> None:
        """Put a frame around the selected nodes, or in the middle of what is in view, and let its title be typed."""
        box = self._canvas.scene_.bounds(self._canvas.editor.selection) if self._canvas.editor.selection else None
        if box is None:
            middle = self._canvas.mapToScene(self._canvas.viewport().rect().center())
            box = middle.x() - 160, middle.y() - 100, 320.0, 200.0
        place = len(self._canvas.editor.graph.view.frames)
        pos, size = (round(box[0] - 24), round(box[1] - 48)), (round(box[2] + 48), round(box[3] + 72))
        self._canvas.editor.put_piece("frame", place, Frame(title="Frame", pos=pos, size=size))
        self.write(Piece("frame", place))

    def note(self) -> None:
        """Add a note where the pointer is, and let its text be typed."""
        point = self._canvas.viewport().mapFromGlobal(QCursor.pos())
        if not self._canvas.viewport().rect().contains(point):
            point = self._canvas.viewport().rect().center()
        x, y = self._canvas.snapped(self._canvas.mapToScene(point))
        place = len(self._canvas.editor.graph.view.notes)
        self._canvas.editor.put_piece("note", place, Note(text="Note", pos=(round(x), round(y)), size=(240, 120)))
        self.write(Piece("note", place))

    def write(self, piece: Piece) -> None:
        """Let the title of a frame or the text of a note be typed."""
        one, box = self._canvas.decor.get(piece), self._canvas.decor.box(piece)
        if one is None or box is None:
            return
        self._canvas.decor.chosen = piece
        is_frame = isinstance(one, Frame)
        height = TITLE if is_frame else box[3]
        room = self._canvas.mapFromScene(QRectF(box[0], box[1], box[2], height)).boundingRect()
        room.setSize(room.size().expandedTo(QSize(160, 30 if is_frame else 80)))

        def take(text: str) -> None:
            now = self._canvas.decor.get(piece)
            if isinstance(now, Frame):
                named = Frame(title=text, pos=now.pos, size=now.size, colour=now.colour, extra=now.extra)
                self._canvas.editor.put_piece("frame", piece.place, named)
            elif now is not None:
                written = Note(text=text, pos=now.pos, size=now.size, colour=now.colour, extra=now.extra)
                self._canvas.editor.put_piece("note", piece.place, written)

        text = one.title if isinstance(one, Frame) else one.text
        TextEditor(text, room, take, self._canvas.viewport(), one_line=is_frame)

    def colour(self, colour: str | None) -> None:
        """Give the chosen frame or note a colour; None for the theme's."""
        piece = self._canvas.decor.chosen
        one = None if piece is None else self._canvas.decor.get(piece)
        if piece is None or one is None:
            return
        if isinstance(one, Frame):
            new: Frame | Note = Frame(title=one.title, pos=one.pos, size=one.size, colour=colour, extra=one.extra)
        else:
            new = Note(text=one.text, pos=one.pos, size=one.size, colour=colour, extra=one.extra)
        self._canvas.editor.put_piece(piece.kind, piece.place, new)

    def remove_chosen(self) -> bool:
        """Remove the one that is selected. Tells whether one was."""
        decor = self._canvas.decor
        piece, decor.chosen = decor.chosen, None
        if piece is None or decor.get(piece) is None:
            return False
        self._canvas.editor.remove_piece(piece.kind, piece.place)
        return True
