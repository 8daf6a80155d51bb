"""Text: templates, joining, splitting, replacing."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from ..authoring import Field, Vessel

text = Vessel("text", title="Text", icon="text-aa", colour="#df8fc0")

Multiline = Annotated[str, Field(multiline=True)]


class _Template(string.Formatter):
    """`str.format` without attributes and items: `{0.name}` would let a graph file look into any object."""

    def get_field(self, field_name: str, args: Sequence[Any], _: Mapping[str, Any]) -> tuple[Any, str]:
        if not field_name.isdecimal():
            raise ValueError(f"`{{{field_name}}}` names no value; write {{}} or {{0}}, {{1}} …, and {{{{ for a brace")
        if int(field_name) >= len(args):
            raise ValueError(f"`{{{field_name}}}` asks for one more value; there are {len(args)}, counted from 0")
        return args[int(field_name)], field_name


@text.node(name="text")
def constant(value: Multiline = "") -> str:
    """Give a text.

    Args:
        value: The text.
    """
    return value


@text.node(name="text")
def format_(*values: Any, template: Multiline = "{}") -> str:
    """Put values into a text.

    `{}` stands for the next value, `{0}` for the first, `{0:.2f}` for the first with two digits after the point, `{{`
    for a brace.

    Args:
        values: What is put in, in order.
        template: Text with a place for each value.
    """
    try:
        return _Template().vformat(template, values, {})
    except (ValueError, TypeError) as problem:
        raise ValueError(f'template "{template}": {problem}') from None


@text.node(name="text")
def join(*texts: str, separator: Multiline = "") -> str:
    """Put texts one after another.

    Args:
        texts: The texts, in order.
        separator: What stands between two of them.
    """
    return separator.join(texts)


@text.node(name="parts")
def split(text: str, separator: Multiline = "") -> list[str]:
    """Cut a text into parts.

    Args:
        text: The text.
        separator: Where to cut, itself dropped; empty cuts at white space and leaves no part empty.
    """
    return text.split(separator or None)


@text.node(name="text")
def replace(text: str, old: Multiline = "", new: Multiline = "") -> str:
    """Replace every occurrence of a passage.

    Args:
        text: The text.
        old: Passage to look for; nothing is replaced while it is empty.
        new: What stands there instead.
    """
    return text.replace(old, new) if old else text
