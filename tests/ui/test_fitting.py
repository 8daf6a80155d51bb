"""What fits a port: as `check` would say, before there is a wire."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import pytest
from jaxtyping import Float
from pytestqt.qtbot import QtBot

from animaweave.checking.checker import check
from animaweave.graph.wire import PortRef
from animaweave.ports.fit import Fit
from animaweave.ports.text import to_text
from animaweave.ui.editor import Editor
from tests.engine.lab import Lab

T = TypeVar("T")
Edit = Callable[..., Editor]

PHOTO = "photo:image.load blur:image.gaussian mask:image.threshold count:image.count_objects save:image.save"


def ref(text: str) -> PortRef:
    return PortRef.parse(text)


def fit(editor: Editor, source: str, target: str) -> Fit:
    return editor.fit(ref(source), ref(target))


def test_a_wire_says_whether_it_fits_and_why_not(edit: Edit) -> None:
    editor = edit(PHOTO)
    assert fit(editor, "blur.grey", "mask.image").verdict == "direct"
    converted = fit(editor, "photo.image", "mask.image")
    assert (converted.verdict, [step.name for step in converted.converters]) == ("converted", ["image.colour_to_grey"])
    refused = fit(editor, "count.number", "blur.image")
    assert refused.verdict == "refused"
    assert "whole numbers (int)" in refused.reason


def test_signals_go_to_signals_only(edit: Edit) -> None:
    editor = edit(PHOTO)
    assert fit(editor, "photo.done", "save.trigger").verdict == "direct"
    assert fit(editor, "photo.done", "save.image").reason == "`image` takes data; `done` gives a signal"
    assert fit(editor, "photo.image", "save.trigger").reason == "`trigger` takes a signal; `image` gives data"


def test_a_wire_that_would_make_nodes_wait_for_each_other_is_refused(edit: Edit) -> None:
    editor = edit("a:need b:need c:plus d:one", "a.result b.value")
    assert fit(editor, "b.result", "a.value").reason == "`a` and `b` would wait for each other"
    assert fit(editor, "a.result", "a.value").reason == "`a` would wait for itself"
    assert fit(editor, "a.done", "a.trigger").reason == "`a` would wait for itself"
    assert fit(editor, "b.done", "a.trigger").reason == "`a` and `b` would wait for each other"
    assert fit(editor, "c.result", "c.b").is_allowed  # It has a default to begin with.
    editor.wire(ref("c.result"), ref("c.b"))
    assert fit(editor, "c.result", "a.value").is_allowed


def test_ports_of_a_missing_type_fit_nothing(edit: Edit) -> None:
    editor = edit("a:one x:no.such")
    assert fit(editor, "a.result", "x.in").reason == "x.in is not known, since the type of `x` is missing"
    assert editor.fits_for(ref("x.out"), is_output=True) == {}
    assert editor.candidates(ref("x.out"), is_output=True) == []
    assert editor.port(ref("x.out"), "out") is None
    assert editor.port(ref("a.nothing"), "out") is None


@pytest.mark.parametrize(
    ("end", "is_output"), [("b.result", True), ("b.done", True), ("b.value", False), ("s.image", False)]
)
def test_all_ports_at_once_are_as_each_by_itself(edit: Edit, end: str, is_output: bool) -> None:
    editor = edit(
        "a:need b:need c:need p:plus t:total s:image.save l:image.load x:no.such",
        "a.result b.value",
        "b.result c.value",
    )
    fits = editor.fits_for(ref(end), is_output=is_output)
    assert ref("x.in") not in fits
    assert {port.node for port in fits} == {*"abcptsl"}
    for other, found in fits.items():
        ends = (ref(end), other) if is_output else (other, ref(end))
        assert editor.fit(*ends) == found


def test_it_says_what_check_would(edit: Edit, lab: Lab) -> None:
    editor = edit("a:need b:plus c:read_error d:total e:image.gaussian f:image.count_objects g:switch", "a.result b.a")
    ids = list(editor.graph.nodes)
    for source in ids:
        signature = editor.signatures[source]
        assert signature is not None
        for output in (*(port.name for port in signature.outputs), "done", "error"):
            for target, found in editor.fits_for(PortRef(source, output), is_output=True).items():
                taken = any(wire.target == target for wire in editor.graph.wires)
                if not taken:
                    assert found.is_allowed is is_sound(editor, lab, PortRef(source, output), target), (output, target)


def is_sound(editor: Editor, lab: Lab, source: PortRef, target: PortRef) -> bool:
    graph = editor.graph.copy()
    before = {str(found) for found in check(graph, lab.registry) if found.is_error}
    graph.connect(source, target)
    return not [
        found for found in check(graph, lab.registry) if found.is_error and str(found) not in before and
        found.code in ("AW104", "AW110", "AW111", "AW112")
    ]  # fmt: skip


def best(found: list[tuple[Any, str, Fit]]) -> list[tuple[str, str, str]]:
    return [(node_type.id, port, fit.verdict) for node_type, port, fit in found]


def test_candidates_for_an_output_are_node_types_that_take_it_best_first(edit: Edit) -> None:
    editor = edit(PHOTO)
    found = best(editor.candidates(ref("mask.mask"), is_output=True))
    assert ("image.count_objects", "mask", "direct") in found
    assert ("image.gaussian", "image", "converted") in found
    verdicts = [verdict for _, _, verdict in found]
    assert verdicts == sorted(verdicts, key=["direct", "converted", "checked"].index)
    assert not [node for node, port, _ in found if port in ("trigger", "done", "error")]
    assert "image.load" not in [node for node, _, _ in found]


def test_candidates_for_an_input_are_node_types_that_give_it(edit: Edit) -> None:
    editor = edit(PHOTO)
    found = best(editor.candidates(ref("count.mask"), is_output=False))
    assert ("image.threshold", "mask", "direct") in found
    assert ("image.label", "labels", "converted") in found


def test_candidates_for_a_signal_are_all_that_can_be_triggered(edit: Edit) -> None:
    editor = edit("a:one")
    found = best(editor.candidates(ref("a.done"), is_output=True))
    assert ("lab.one", "trigger", "direct") in found


def test_deprecated_node_types_are_not_offered(edit: Edit, lab: Lab) -> None:
    @lab.node(deprecated="use echo")
    def old(value: int) -> int:
        """Give it back."""
        return value

    editor = edit("a:one")
    assert "lab.old" not in [node for node, _, _ in best(editor.candidates(ref("a.result"), is_output=True))]


def test_a_wire_is_refused_for_what_the_others_say(edit: Edit, lab: Lab) -> None:
    """Sizes and type variables are known from what is wired already, also behind the port."""

    @lab.node
    def five_by_three() -> Float[np.ndarray, "5 3"]:
        return np.zeros((5, 3))

    @lab.node
    def four_by_two() -> Float[np.ndarray, "4 2"]:
        return np.zeros((4, 2))

    @lab.node
    def product(a: Float[np.ndarray, "n k"], b: Float[np.ndarray, "k m"]) -> Float[np.ndarray, "n m"]:
        return a @ b

    @lab.node
    def first(items: list[T]) -> T:
        return items[0]

    @lab.node
    def names() -> list[str]:
        return []

    editor = edit("x:five_by_three y:four_by_two p:product n:names f:first i:plus", "x.result p.a", "f.result i.a")
    reason = 'takes arrays of shape "k m", where k is 3 (x.result); gets arrays of shape "4 2"'
    assert fit(editor, "y.result", "p.b").reason == reason
    assert editor.fits_for(ref("y.result"), is_output=True)[ref("p.b")].reason == reason
    assert fit(editor, "n.result", "f.items").reason == (
        "what is given there goes on to i.a, which takes whole numbers (int); gets text (str)"
    )
    assert fit(editor, "y.result", "p.a").is_allowed, "the wire that is there goes"
    editor.unwire([wire for wire in editor.graph.wires if wire.source.node == "x"])
    assert fit(editor, "y.result", "p.b").is_allowed


def test_what_a_wire_does_to_the_check_is_known_at_once(
    edit: Edit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = edit("a:need b:need c:one", "a.result b.value")
    qtbot.waitUntil(lambda: [one.node for one in editor.diagnostics if one.is_error] == ["a"])
    monkeypatch.setattr(editor._background, "start", None)  # Nothing is checked as a whole from now on.
    editor.wire(ref("c.result"), ref("a.value"))
    qtbot.waitUntil(lambda: not any(one.is_error for one in editor.diagnostics))
    editor.undo()
    qtbot.waitUntil(lambda: editor.diagnostics == check(editor.graph, editor.registry))
    assert any(one.is_error for one in editor.diagnostics)


def test_what_is_known_of_a_type_comes_from_all_that_is_wired(edit: Edit, lab: Lab) -> None:
    @lab.node
    def picture() -> Float[np.ndarray, "4 5"]:
        return np.zeros((4, 5))

    @lab.node
    def turned(a: Float[np.ndarray, "r c"]) -> Float[np.ndarray, "c r"]:
        return a.T

    @lab.node
    def same(value: T) -> T:
        return value

    editor = edit("p:picture t:turned s:same o:one", "p.result t.a", "t.result s.value")
    known = {text: to_text(editor.known(ref(text), side)) for text, side in (("t.result", "out"), ("s.result", "out"))}
    assert known == {"t.result": 'Float["5 4"]', "s.result": 'Float["5 4"]'}
    editor.unwire([editor.graph.wires[0]])
    assert to_text(editor.known(ref("t.result"), "out")) == 'Float["c r"]'
    assert editor.known(ref("o.done"), "out") is None
    assert editor.known(ref("o.gone"), "out") is None
