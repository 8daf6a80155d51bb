"""The document on screen: edits, selection, clipboard, files, diagnostics. Running it is `test_runs`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from animaweave.authoring import Vessel
from animaweave.checking.diagnostic import Diagnostic, Fix, Place, Severity
from animaweave.errors import EditError
from animaweave.graph.edits import AddNode, RenameNode
from animaweave.graph.wire import PortRef, Wire
from animaweave.registry.lookup import Registry
from animaweave.ui.editor import Editor
from tests.engine.lab import Lab

Edit = Callable[..., Editor]


def ref(text: str) -> PortRef:
    return PortRef.parse(text)


def wires(editor: Editor) -> list[str]:
    return [str(wire) for wire in (*editor.graph.wires, *editor.graph.controls)]


def codes(editor: Editor) -> list[str]:
    return [found.code for found in editor.diagnostics]


# ---------------------------------------------------------------- edits


def test_each_thing_a_person_does_is_one_step_that_is_undone_to_the_byte(edit: Edit) -> None:
    editor = edit("a:one b:plus", "a.result b.a")
    deeds = [
        lambda: editor.add_node("lab.echo", (10, 20)),
        lambda: editor.add_node("lab.plus", (1, 2), {"b": 3}),
        lambda: editor.wire(ref("a.result"), ref("b.b")),
        lambda: editor.wire(ref("b.result"), ref("echo.value")),
        lambda: editor.add_wired("lab.total", (5, 5), ref("b.result"), "items", is_output=True),
        lambda: editor.rename("b", "sum"),
        lambda: editor.set_param("plus", "b", 5),
        lambda: editor.unset_param("plus", "b"),
        lambda: editor.set_run("plus", timeout=3),
        lambda: editor.move({"a": (7, 7), "sum": (8.5, 8)}),
        lambda: editor.duplicate(["sum", "total"]),
        lambda: editor.paste(editor.copy(["a", "sum"]), (100, 100)),
        lambda: editor.unwire(editor.graph.wires[:1]),
        lambda: editor.delete(["a", "total"]),
    ]
    texts = [editor.graph.dumps()]
    for deed in deeds:
        deed()
        texts.append(editor.graph.dumps())
        assert texts[-1] != texts[-2]
    for before in reversed(texts[:-1]):
        editor.undo()
        assert editor.graph.dumps() == before
    assert not editor.history.can_undo
    for after in texts[1:]:
        editor.redo()
        assert editor.graph.dumps() == after


def test_several_edits_are_one_step(edit: Edit) -> None:
    editor = edit("a:one")
    editor.do([RenameNode("a", "b"), AddNode("lab.one")])
    assert list(editor.graph.nodes) == ["b", "one"]
    editor.undo()
    assert list(editor.graph.nodes) == ["a"]


def test_what_the_graph_refuses_is_raised_and_changes_nothing(edit: Edit) -> None:
    editor = edit("a:one b:one")
    before = editor.graph.dumps()
    for deed in (
        lambda: editor.rename("a", "b"),
        lambda: editor.set_param("a", "nothing", object()),
        lambda: editor.wire(ref("a.result"), ref("b.nothing")),
        lambda: editor.do([AddNode("lab.one"), RenameNode("nobody", "x")]),
        lambda: editor.set_run("a", timeout=-1),
    ):
        with pytest.raises(EditError):
            deed()
    assert editor.graph.dumps() == before
    assert not editor.history.can_undo


def test_a_slider_makes_one_step_and_typing_makes_each(edit: Edit) -> None:
    editor = edit("b:plus")
    for value in range(50):
        editor.set_param("b", "b", value, merge=True)
    editor.set_param("b", "b", 100)
    editor.undo()
    assert editor.graph.nodes["b"].params == {"b": 49}
    editor.undo()
    assert editor.graph.nodes["b"].params == {}


def test_a_wire_on_a_taken_input_gives_way(edit: Edit) -> None:
    editor = edit("a:one b:one p:plus", "a.result p.a")
    before = editor.graph.dumps()
    editor.wire(ref("b.result"), ref("p.a"))
    assert wires(editor) == ["b.result -> p.a"]
    editor.wire(ref("b.result"), ref("p.a"))  # It is there already.
    editor.undo()
    assert editor.graph.dumps() == before


def test_places_of_a_variadic_input_fill_up_and_give_way_one_by_one(edit: Edit) -> None:
    editor = edit("a:one b:one c:one t:total")
    for source in ("a", "b", "c"):
        editor.wire(ref(f"{source}.result"), ref("t.items"))
    editor.wire(ref("a.result"), ref("t.items[1]"))
    assert wires(editor) == ["a.result -> t.items[0]", "c.result -> t.items[2]", "a.result -> t.items[1]"]
    editor.wire(ref("b.result"), ref("t.items[7]"))  # A place that is free means the next one.
    assert wires(editor)[-1] == "b.result -> t.items[3]"


def test_a_control_port_takes_many_wires_but_the_same_only_once(edit: Edit) -> None:
    editor = edit("a:one b:one c:one")
    for source in ("a", "b", "a"):
        editor.wire(ref(f"{source}.done"), ref("c.trigger"))
    assert wires(editor) == ["a.done -> c.trigger", "b.done -> c.trigger"]


def test_a_wires_end_is_taken_elsewhere(edit: Edit) -> None:
    editor = edit("a:one b:one p:plus t:total", "a.result p.a", "b.result p.b", "a.result t.items", "b.result t.items")
    editor.rewire(editor.graph.wires[0], ref("a.result"), ref("p.b"))
    assert wires(editor) == ["a.result -> t.items[0]", "b.result -> t.items[1]", "a.result -> p.b"]
    editor.undo()
    first = editor.graph.wires[2]
    editor.rewire(first, ref("b.result"), ref("t.items[0]"))
    assert "b.result -> t.items[0]" in wires(editor)
    editor.undo()
    editor.rewire(first, ref("a.result"), ref("t.items[1]"))
    assert wires(editor)[2:] == ["b.result -> t.items[0]", "a.result -> t.items[1]"]
    before = editor.graph.dumps()
    editor.rewire(editor.graph.wires[0], *editor.graph.wires[0].key)
    assert editor.graph.dumps() == before


def test_a_new_node_comes_with_its_wire(edit: Edit) -> None:
    editor = edit("a:one p:plus", "a.result p.a")
    behind = editor.add_wired("lab.total", (1, 1), ref("p.result"), "items", is_output=True)
    before = editor.add_wired("lab.one", (2, 2), ref("p.a"), "result", is_output=False)
    assert (behind, before) == ("total", "one")
    assert editor.selection == ("one",)
    assert wires(editor) == ["p.result -> total.items[0]", "one.result -> p.a"]
    editor.undo()
    assert wires(editor) == ["a.result -> p.a", "p.result -> total.items[0]"]


def test_signatures_are_fresh_when_others_hear_of_a_change(edit: Edit) -> None:
    editor = edit("o:graph.output")
    seen: list[object] = []
    editor.graph.events.node_changed.connect(lambda node, what: seen.append(editor.port(node["value"], "in")))
    editor.graph.events.node_added.connect(lambda node: seen.append(editor.signatures[node.id]))
    editor.set_param("o", "type", "int")
    editor.add_node("no.such", (0, 0))
    assert [getattr(port, "hint", port) for port in seen] == [int, None]


# ---------------------------------------------------------------- selection and clipboard


def test_the_selection_keeps_its_order_and_follows_the_nodes(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one b:one c:one")
    with qtbot.waitSignal(editor.selection_changed):
        editor.select(["c", "a", "nobody", "c"])
    selected = [editor.selection]
    with qtbot.assertNotEmitted(editor.selection_changed):
        editor.select(("c", "a"))
    editor.rename("a", "z")
    selected.append(editor.selection)
    editor.delete(["c"])
    selected.append(editor.selection)
    assert editor.add_node("lab.one", (0, 0)) == "one"
    assert [*selected, editor.selection] == [("c", "a"), ("c", "z"), ("z",), ("one",)]


def test_what_is_pasted_lies_where_it_was_dropped_and_is_selected(edit: Edit) -> None:
    editor = edit("a:one p:plus", "a.result p.a")
    editor.move({"a": (100, 50), "p": (300, 80)})
    assert editor.paste(editor.copy(["a", "p"]), (1000, 1000)) == ("a_2", "p_2")
    assert editor.selection == ("a_2", "p_2")
    assert [editor.graph.view.position(id_) for id_ in editor.selection] == [(1000, 1000), (1200, 1030)]
    assert wires(editor)[1:] == ["a_2.result -> p_2.a"]


@pytest.mark.parametrize("text", ["", "24", "no graph", '{"format": "animaweave/graph", "version": 99}'])
def test_what_is_no_graph_is_not_pasted_and_said_to_be_none(edit: Edit, qtbot: QtBot, text: str) -> None:
    editor = edit("a:one")
    with qtbot.waitSignal(editor.trouble) as told:
        assert editor.paste(text, (0, 0)) == ()
    assert told.args[0].startswith("clipboard: $")
    assert list(editor.graph.nodes) == ["a"]


def test_duplicates_keep_the_wires_that_come_in(edit: Edit) -> None:
    editor = edit("a:one p:plus", "a.result p.a")
    editor.move({"p": (10, 10)})
    assert editor.duplicate(["p"]) == ("p_2",)
    assert wires(editor)[1:] == ["a.result -> p_2.a"]
    assert editor.graph.view.position("p_2") == (30, 30)
    assert editor.duplicate([]) == ()


# ---------------------------------------------------------------- files


def test_a_file_that_is_no_graph_leaves_the_document_as_it_is(edit: Edit, qtbot: QtBot, tmp_path: Path) -> None:
    editor = edit("a:one")
    editor.select(["a"])
    graph, text = editor.graph, editor.graph.dumps()
    picture = tmp_path / "coins.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    for path in (picture, tmp_path, tmp_path / "nothing.weave.json"):
        with qtbot.waitSignal(editor.trouble) as told, qtbot.assertNotEmitted(editor.document_replaced):
            assert not editor.open(path)
        assert str(path) in told.args[0]
        assert "\n" not in told.args[0]
    assert editor.graph is graph
    assert (editor.graph.dumps(), editor.selection) == (text, ("a",))


def test_a_saved_document_opens_again_as_it_was(edit: Edit, qtbot: QtBot, tmp_path: Path) -> None:
    editor = edit("a:one")
    editor.add_node("lab.echo", (3, 4))
    assert editor.is_modified
    with qtbot.waitSignal(editor.modified_changed), qtbot.waitSignal(editor.message) as said:
        assert editor.save(tmp_path / "it.weave.json")
    assert said.args[0] == f"Saved {tmp_path / 'it.weave.json'}"
    assert (editor.is_modified, editor.path) == (False, tmp_path / "it.weave.json")
    text = editor.graph.dumps()
    with qtbot.waitSignals([editor.document_replaced, editor.history_changed, editor.selection_changed]):
        editor.new()
    assert (list(editor.graph.nodes), editor.path, editor.selection) == ([], None, ())
    assert not editor.history.can_undo
    assert editor.open(tmp_path / "it.weave.json")
    assert editor.graph.dumps() == text
    assert set(editor.states) == set(editor.signatures) == {"a", "echo"}


def test_a_document_that_cannot_be_saved_stays_modified(edit: Edit, qtbot: QtBot, tmp_path: Path) -> None:
    editor = edit("a:one")
    editor.rename("a", "b")
    for path in (tmp_path / "no folder" / "it.json", None):
        with qtbot.waitSignal(editor.trouble):
            assert not editor.save(path)
    assert editor.is_modified


def test_it_says_when_it_becomes_modified_and_when_it_is_no_longer(edit: Edit) -> None:
    editor = edit("a:one")
    told: list[bool] = []
    editor.modified_changed.connect(lambda: told.append(editor.is_modified))
    editor.rename("a", "b")
    editor.rename("b", "c")
    editor.undo()
    editor.undo()
    editor.redo()
    assert told == [True, False, True]


def test_a_document_that_was_replaced_is_no_longer_listened_to(edit: Edit) -> None:
    editor = edit("a:one")
    old = editor.graph
    editor.new()
    old.add("lab.one", id="late")
    assert (editor.signatures, editor.states) == ({}, {})


# ---------------------------------------------------------------- diagnostics


def test_the_graph_is_checked_after_each_change_and_undo(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one")
    qtbot.waitUntil(lambda: not editor._checking.is_busy)
    with qtbot.waitSignal(editor.diagnostics_changed):
        editor.add_node("no.such", (0, 0))
    assert codes(editor) == ["AW101"]
    assert editor.states["such"] == "missing"
    with qtbot.waitSignal(editor.diagnostics_changed):
        editor.undo()
    assert codes(editor) == []


def test_a_document_is_checked_when_it_opens(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("n:need")
    with qtbot.waitSignal(editor.diagnostics_changed):
        pass
    assert codes(editor) == ["AW107"]
    with qtbot.waitSignal(editor.diagnostics_changed):
        editor.new()
    assert codes(editor) == []


def fix_the_first(editor: Editor, qtbot: QtBot, code: str) -> None:
    """Do what the finding says; it is gone afterwards, and back when that is undone."""
    qtbot.waitUntil(lambda: code in codes(editor))
    before = editor.graph.dumps()
    editor.apply_fix(next(found for found in editor.diagnostics if found.code == code))
    qtbot.waitUntil(lambda: code not in codes(editor))
    after = editor.graph.dumps()
    editor.undo()
    assert editor.graph.dumps() == before
    editor.redo()
    assert editor.graph.dumps() == after


def test_a_fix_puts_a_node_between(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    @lab.node
    def length(text: str, unit: int = 1) -> int:
        """Count characters."""
        return len(text) // unit

    @lab.node
    def word() -> str:
        """A word."""
        return "word"

    editor = edit("w:word p:plus", "w.result p.a")
    editor.move({"w": (0, 0), "p": (400, 100)})
    fix_the_first(editor, qtbot, "AW104")
    assert wires(editor) == ["w.result -> length.text", "length.result -> p.a"]
    assert editor.graph.view.position("length") == (200, 50)


def test_a_fix_takes_another_type_and_keeps_the_wires(edit: Edit, qtbot: QtBot) -> None:
    editor = edit("a:one p:lab.pluss b:echo", "a.result p.a", "p.result b.value", "a.result p.gone")
    editor.set_run("p", timeout=5)
    editor.move({"p": (9, 9)})
    fix_the_first(editor, qtbot, "AW101")
    assert editor.graph.nodes["p"].type == "lab.plus"
    assert editor.graph.nodes["p"].run.timeout == 5
    assert editor.graph.view.position("p") == (9, 9)
    assert wires(editor) == ["a.result -> p.a", "p.result -> b.value", "a.result -> p.gone"], "none is lost"


def test_a_fix_takes_another_port_or_parameter_or_the_wire_away(edit: Edit, lab: Lab, qtbot: QtBot) -> None:
    text = """{"format": "animaweave/graph", "version": 1, "nodes": {
        "a": {"type": "lab.one"}, "p": {"type": "lab.plus", "params": {"bb": 4}}, "s": {"type": "lab.echo"}},
        "wires": [["a.resul", "s.value"], ["a.result", "p.a[0]"]]}"""
    editor = edit()
    editor.replace(type(editor.graph).loads(text, catalogue=editor.graph.catalogue))
    fix_the_first(editor, qtbot, "AW105")
    assert editor.graph.nodes["p"].params == {"b": 4}
    qtbot.waitUntil(lambda: codes(editor) == ["AW103", "AW103"])
    fixes = list(editor.diagnostics)
    for found in fixes:
        editor.apply_fix(found)
    assert sorted(wires(editor)) == ["a.result -> p.a", "a.result -> s.value"]


@pytest.mark.parametrize(
    ("place", "fix", "said"),
    [
        (Place("a"), None, "without"),
        (Place("calc/a"), Fix("disconnect"), "a node of the graph, found"),
        (Place("a"), Fix("disconnect"), "about a wire"),
        (Place("b", "a", Wire(ref("a.result"), ref("b.a"))), Fix("insert", "no.such"), "an input and an output"),
        (Place("b", "a", Wire(ref("a.gone"), ref("b.a"))), Fix("disconnect"), "not in it"),
    ],
)
def test_a_fix_that_there_is_not_is_refused(edit: Edit, place: Place, fix: Fix | None, said: str) -> None:
    editor = edit("a:one b:plus", "a.result b.a")
    before = editor.graph.dumps()
    with pytest.raises(EditError, match=said):
        editor.apply_fix(Diagnostic("AW107", Severity.ERROR, "no wire", place, fix=fix))
    assert editor.graph.dumps() == before


def test_a_node_is_put_into_a_wire_whose_ends_were_never_placed(edit: Edit) -> None:
    editor = edit("a:one b:plus", "a.result b.a")
    found = Diagnostic(
        "AW104", Severity.ERROR, "no", Place("b", "a", editor.graph.wires[0]), fix=Fix("insert", "lab.echo")
    )
    editor.apply_fix(found)
    assert wires(editor) == ["a.result -> echo.value", "echo.result -> b.a"]
    assert editor.graph.view.position("echo") == (0, 0)
    assert editor.history.undo_text == "put lab.echo into a wire"


def test_a_vessel_that_raises_at_import_is_a_failure_to_read(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("raise RuntimeError('not today')\n")
    registry = Registry([file])
    registry.add(Vessel("mine"))
    editor = Editor(registry)
    assert [str(found.message) for found in editor.failures] == [
        "bad.py:1: the vessel cannot be loaded: RuntimeError: not today"
    ]
    editor.close()
