"""Frames and notes: drawn behind nodes and wires, and what of them lies under a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qtpy.QtCore import QPointF, QRectF, Qt
from qtpy.QtGui import QAbstractTextDocumentLayout, QColor, QPainter, QPalette, QPen, QTextDocument

from ...graph.view import Frame, Note, View
from ..theme import Theme
from .geometry import Box, Point

TITLE = 30.0
"""Height of a frame's title, by which it is moved."""

CORNER = 18.0
"""Side of the corner by which a frame or note is resized."""

RADIUS, PADDING = 8.0, 12.0
SMALLEST = 60.0
"""Of a side."""

Kind = Literal["frame", "note"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A frame or a note, by its place among those of its kind."""

    kind: Kind
    place: int


@dataclass(frozen=True, slots=True)
class Grip:
    """What is gripped: a piece, at its corner or not."""

    piece: Piece
    is_corner: bool = False


class Decor:
    """Draws the frames and notes of a graph.

    Attributes:
        view: Of the graph on screen.
        chosen: The one that is selected.
        shifted: How one is shown while it is dragged: with another place and size.
    """

    def __init__(self, view: View, theme: Theme) -> None:
        self.view, self._theme = view, theme
        self.chosen: Piece | None = None
        self.shifted: tuple[Piece, Frame | Note] | None = None
        self._documents: dict[tuple[str, float, str], QTextDocument] = {}

    def get(self, piece: Piece) -> Frame | Note | None:
        """The frame or note, as it is shown; None if it has gone."""
        if self.shifted is not None and self.shifted[0] == piece:
            return self.shifted[1]
        every: tuple[Frame | Note, ...] = self.view.frames if piece.kind == "frame" else self.view.notes
        return every[piece.place] if piece.place < len(every) else None

    def box(self, piece: Piece) -> Box | None:
        """Where it lies."""
        one = self.get(piece)
        return None if one is None else (*map(float, one.pos), *map(float, one.size))  # type: ignore[return-value]

    def pieces(self) -> list[Piece]:
        """All of them, from back to front: frames, then notes."""
        frames = [Piece("frame", place) for place in range(len(self.view.frames))]
        return frames + [Piece("note", place) for place in range(len(self.view.notes))]

    def grip(self, x: float, y: float) -> Grip | None:
        """What a point grips: a note anywhere, a frame by its title; both by their corners."""
        for piece in reversed(self.pieces()):
            box = self.box(piece)
            if box is None or not (box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]):
                continue
            if x >= box[0] + box[2] - CORNER and y >= box[1] + box[3] - CORNER:
                return Grip(piece, is_corner=True)
            if piece.kind == "note" or y <= box[1] + TITLE:
                return Grip(piece)
        return None

    def bounds(self) -> Box | None:
        """The box around all of them; None if there is none."""
        boxes = [box for piece in self.pieces() if (box := self.box(piece)) is not None]
        if not boxes:
            return None
        left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
        right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
        return left, top, right - left, bottom - top

    def paint(self, painter: QPainter, scale: float) -> None:
        """Draw all."""
        pieces = self.pieces()
        if not pieces:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for piece in pieces:
            one, box = self.get(piece), self.box(piece)
            if isinstance(one, Frame) and box is not None:
                self._frame(painter, one, QRectF(*box), scale, is_chosen=piece == self.chosen)
            elif isinstance(one, Note) and box is not None:
                self._note(painter, one, QRectF(*box), scale, is_chosen=piece == self.chosen)

    def _frame(self, painter: QPainter, frame: Frame, box: QRectF, scale: float, *, is_chosen: bool) -> None:
        colour = _colour(frame.colour, self._theme.colour("accent"))
        fill, head = QColor(colour), QColor(colour)
        fill.setAlphaF(0.08)
        head.setAlphaF(0.45)
        painter.setBrush(fill)
        painter.setPen(QPen(self._theme.colour("sel") if is_chosen else head, 2.0 if is_chosen else 1.0))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        if frame.title:
            # Far away the title grows with the frame, so that parts of a large graph can be told apart.
            size = max(1.0, min(0.5 / scale, box.width() / 240))
            font = self._theme.font("title")
            font.setPixelSize(round(font.pixelSize() * size) if font.pixelSize() > 0 else round(14 * size))
            painter.setFont(font)
            painter.setPen(self._theme.colour("text1"))
            room = QRectF(box.x() + PADDING, box.y(), box.width() - 2 * PADDING, TITLE * size)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), frame.title)
        self._corner(painter, box)

    def _note(self, painter: QPainter, note: Note, box: QRectF, scale: float, *, is_chosen: bool) -> None:
        theme = self._theme
        painter.setBrush(theme.colour("raised"))
        edge = _colour(note.colour, theme.colour("border2"))
        painter.setPen(QPen(theme.colour("sel") if is_chosen else edge, 2.0 if is_chosen else 1.0))
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        if scale < theme.number("lod", "titles"):
            return
        document = self._document(note.text, box.width() - 2 * PADDING)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, theme.colour("text1"))
        painter.save()
        painter.setClipRect(box.adjusted(PADDING, 8, -PADDING, -8), Qt.ClipOperation.IntersectClip)
        painter.translate(box.x() + PADDING, box.y() + 8)
        document.documentLayout().draw(painter, context)
        painter.restore()
        self._corner(painter, box)

    def _corner(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(self._theme.colour("text3"), 1.0))
        for far in (5.0, 9.0):
            painter.drawLine(QPointF(box.right() - far, box.bottom() - 4), QPointF(box.right() - 4, box.bottom() - far))

    def _document(self, text: str, width: float) -> QTextDocument:
        key = (text, width, self._theme.mode)
        if key not in self._documents:
            if len(self._documents) > 200:
                self._documents.clear()
            document = self._documents[key] = QTextDocument()
            document.setDefaultFont(self._theme.font("body"))
            document.setDocumentMargin(0)
            document.setMarkdown(text or "*Empty note*")
            document.setTextWidth(width)
        return self._documents[key]


def resized(one: Frame | Note, pos: Point, size: Point) -> Frame | Note:
    """The same elsewhere."""
    place = (round(pos[0]), round(pos[1])), (max(SMALLEST, round(size[0])), max(SMALLEST, round(size[1])))
    if isinstance(one, Frame):
        return Frame(title=one.title, pos=place[0], size=place[1], colour=one.colour, extra=one.extra)
    return Note(text=one.text, pos=place[0], size=place[1], colour=one.colour, extra=one.extra)


def _colour(text: str | None, otherwise: QColor) -> QColor:
    """A colour that a file gives; another one where that is none."""
    colour = QColor(text) if text else QColor()
    return colour if colour.isValid() else otherwise
