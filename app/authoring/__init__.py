"""What a vessel's author needs: a plain typed function becomes a node.

from animaweave.authoring import Context, Field, Vessel

text = Vessel("text", title="Text")

@text.node
def shout(words: str, marks: Annotated[int, Field(min=0)] = 1) -> str:
\"\"\"Say it loudly.\"\"\"
return words.upper() + "!" * marks
"""

from ..ports.field import Field
from ..ports.label import Codec, Export
from .context import Cancelled, Context
from .control import NOT_ASKED, Ask, Signal
from .error_info import ErrorInfo
from .nodetype import NodeType
from .vessel import Vessel

__all__ = [
    "NOT_ASKED",
    "Ask",
    "Cancelled",
    "Codec",
    "Context",
    "ErrorInfo",
    "Export",
    "Field",
    "NodeType",
    "Signal",
    "Vessel",
]
