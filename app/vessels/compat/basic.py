"""AnimaWeave's `basic` vessel: signals, whole numbers, text and prompts.

The output `done` that some of its nodes had is the one that every node has.
"""
# ruff: noqa: A002, ARG001, N802 - names that graphs know, and signals that only say when.

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from ...authoring import Signal, Vessel

basic = Vessel("basic", title="Weave basic", icon="clock-counter-clockwise", colour="#9fb0c3")

Int = Annotated[int, basic.label("Int", accepts_base=True, colour="#7fb2e5", doc="A whole number.")]
Bool = Annotated[bool, basic.label("Bool", accepts_base=True, colour="#e58fb6", doc="Yes or no.")]
String = Annotated[str, basic.label("String", accepts_base=True, colour="#8fd1a4", doc="Text.")]
UUID = Annotated[str, basic.label("UUID", colour="#c8b06a", doc="A random id.")]


@dataclass(frozen=True)
class PromptValue:
    """A prompt for a language model."""

    id: str
    name: str
    content: str


Prompt = Annotated[PromptValue, basic.label("Prompt", accepts_base=True, colour="#e5a07f", doc="A prompt.")]


class Started(NamedTuple):
    """What begins a run."""

    signal: Signal
    execution_id: UUID


class Completed(NamedTuple):
    """What ends a run."""

    completed: Signal
    timestamp: Int


def new_id() -> str:
    """A random UUID."""
    return str(uuid.uuid4())


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@basic.converter
def id_to_text(value: UUID) -> String:
    """The id's text."""
    return value


@basic.converter
def prompt_to_text(value: Prompt) -> String:
    """The prompt's content."""
    return value.content


@basic.node(pure=False)
def Start() -> Started:
    """Begin a run."""
    return Started(Signal.ACTIVE, new_id())


@basic.node(name="timestamp", pure=False)
def GetTimestamp(trigger: Signal) -> Int:
    """Tell the time.

    Args:
        trigger: When it runs.
    """
    return now_ms()


@basic.node(name="result")
def IsEven(number: Int, trigger: Signal) -> Bool:
    """Say whether a number is even.

    Args:
        number: The number.
        trigger: When it runs.
    """
    return number % 2 == 0


@basic.node(name="formatted")
def FormatNumber(number: Int, trigger: Signal) -> String:
    """Write a number in a sentence.

    Args:
        number: The number.
        trigger: When it runs.
    """
    return f"Number: {number}"


@basic.node(name="prompt", pure=False)
def CreatePrompt(name: String, content: String, trigger: Signal) -> Prompt:
    """Make a prompt.

    Args:
        name: What it is called.
        content: What it asks.
        trigger: When it runs.
    """
    return PromptValue(new_id(), name, content)


@basic.node(name="formatted")
def StringFormatter(input: String, trigger: Signal) -> String:
    """Write a text in a sentence.

    Args:
        input: The text.
        trigger: When it runs.
    """
    return f"Formatted: {input}"


@basic.node(name="result")
def DataProcessor(execute: Signal) -> String:
    """Say that something is done.

    Args:
        execute: When it runs.
    """
    return "Processing completed"


@basic.node(pure=False)
def CompletionMarker(trigger: Signal) -> Completed:
    """Mark the end of a run.

    Args:
        trigger: When it runs.
    """
    return Completed(Signal.ACTIVE, now_ms())
