"""Workflow definitions on disk: the broken ones are named and hide no other."""

import hashlib
import json
from pathlib import Path

import pytest

from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.workflow import Slot, Workflow, changed_keys, definition_text
from console.resources import resource_path
from console.store.definitions import DefinitionStore, read_definition

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, document: object) -> Path:
    file = folder / name
    file.write_text(json.dumps(document))
    return file


def test_a_definition_is_read_with_all_it_says(folder):
    write(
        folder,
        "refund.json",
        {
            "id": "wf_refund",
            "title": " Refund ",
            "description": "Pays money back.",
            "limit": 5,
            "priority": 2,
            "reasonRequired": True,
            "approval": "required",
            "sendBeforeHours": 1,
            "schema": SCHEMA,
        },
    )
    assert DefinitionStore(folder).all() == (
        Workflow(
            workflow_id="wf_refund",
            title="Refund",
            description="Pays money back.",
            schema=SCHEMA,
            limit=5,
            priority=2,
            reason_required=True,
            approval_required=True,
            send_before_hours=1.0,
        ),
    )


def test_an_id_alone_is_a_definition_with_the_usual_rules(folder):
    write(folder, "a.json", {"id": "wf_a"})
    assert DefinitionStore(folder).get("wf_a") == Workflow("wf_a", "wf_a")


def test_null_hours_mean_that_triggers_never_grow_too_old(folder):
    write(folder, "a.json", {"id": "wf_a", "sendBeforeHours": None})
    workflow = DefinitionStore(folder).get("wf_a")
    assert workflow is not None
    assert workflow.send_before_hours is None


def test_a_folder_that_does_not_exist_has_no_definitions(folder):
    store = DefinitionStore(folder / "none")
    assert store.all() == ()
    assert store.get("wf_a") is None
    assert store.broken() == ()


def test_definitions_come_in_the_order_of_their_titles(folder):
    write(folder, "1.json", {"id": "x", "title": "beta"})
    write(folder, "2.json", {"id": "y", "title": "Alpha"})
    assert [item.title for item in DefinitionStore(folder).all()] == ["Alpha", "beta"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is a JSON object"),
        ({}, "id is needed"),
        ({"id": " a"}, "id is needed"),
        ({"id": 7}, "id must be text"),
        ({"id": "a", "title": 7}, "title must be text"),
        ({"id": "a", "description": "x" * 5001}, "description must be text"),
        ({"id": "a", "limit": 0}, "limit must be a whole number"),
        ({"id": "a", "limit": True}, "limit must be a whole number"),
        ({"id": "a", "priority": 11}, "between 1"),
        ({"id": "a", "priority": "2"}, "whole number from 1"),
        ({"id": "a", "reasonRequired": "yes"}, "true or false"),
        ({"id": "a", "approval": True}, "approval is"),
        ({"id": "a", "sendBeforeHours": 0}, "hours above 0"),
        ({"id": "a", "sendBeforeHours": "4"}, "hours above 0"),
        ({"id": "a", "schema": []}, "schema must be an object"),
        ({"id": "a", "schema": {"type": "string"}}, 'must be "object"'),
        ({"id": "a", "schema": {"$schema": "http://json-schema.org/draft-04/schema#"}}, "draft 7"),
        ({"id": "a", "schema": {"$schema": 7}}, "draft 7"),
        ({"id": "a", "schema": {"properties": {"n": {"type": "int"}}}}, "properties/n/type"),
        ({"id": "a", "schema": {"required": 7}}, "no JSON Schema"),
        ({"id": "a", "schema": {"properties": []}}, "no JSON Schema"),
    ],
)
def test_a_broken_definition_is_named_with_what_is_wrong_and_hides_no_other(
    folder, document, words
):
    write(folder, "broken.json", document)
    write(folder, "good.json", {"id": "wf_good"})
    store = DefinitionStore(folder)
    assert [item.workflow_id for item in store.all()] == ["wf_good"]
    (broken,) = store.broken()
    assert broken.file.name == "broken.json"
    assert "broken.json" in broken.message
    assert words in broken.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Not valid JSON"),
        (b'{"id": "a", "id": "b"}', "twice"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "deep"),
        (b" " * (1024 * 1024 + 1), "larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_json_is_named(folder, content, words):
    file = folder / "x.json"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read_definition(file)


def test_a_file_that_cannot_be_opened_is_named(folder):
    (folder / "x.json").mkdir()
    with pytest.raises(BadInput, match=r"x\.json cannot be read"):
        read_definition(folder / "x.json")


def test_a_schema_of_draft_7_is_judged_as_one(folder):
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}}
    write(folder, "a.json", {"id": "wf_a", "schema": schema})
    assert DefinitionStore(folder).get("wf_a") is not None


def test_a_schema_too_deep_to_be_judged_is_named(folder, monkeypatch):
    def too_deep(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("jsonschema.Draft202012Validator.check_schema", too_deep)
    with pytest.raises(BadInput, match="nested too deeply"):
        read_definition(write(folder, "a.json", {"id": "wf_a"}))


def test_an_id_that_stands_in_two_files_is_taken_from_the_first(folder):
    write(folder, "1.json", {"id": "wf_a", "title": "First"})
    write(folder, "2.json", {"id": "wf_a", "title": "Second"})
    store = DefinitionStore(folder)
    assert [item.title for item in store.all()] == ["First"]
    assert "stands in 1.json already" in store.broken()[0].message


def test_what_changed_is_seen_after_reading_again(folder):
    store = DefinitionStore(folder)
    assert store.all() == ()
    write(folder, "a.json", {"id": "wf_a"})
    assert store.all() == ()
    store.reload()
    assert store.get("wf_a") is not None


def test_the_packaged_workflows_are_whole_and_seed_a_folder_once(folder):
    target = folder / "data" / "workflows"
    store = DefinitionStore(target)
    store.seed_from(resource_path("workflows"))
    assert store.broken() == ()
    assert len(store.all()) == 7
    assert store.get("wf_12345678-abcd-efgh-ijkl-1234567890ab") is not None
    changed = write(target, "vip-routing.json", {"id": "mine"})
    store.seed_from(resource_path("workflows"))
    assert store.get("mine") is not None
    assert json.loads(changed.read_text()) == {"id": "mine"}


def test_a_new_window_sees_every_definition_before_any_schema_was_judged(folder):
    write(folder, "a.json", {"id": "wf_a", "schema": {"type": "object"}})
    write(folder, "b.json", {"id": "wf_b", "schema": {"properties": 3}})
    write(folder, "c.json", {"id": "wf_c", "schema": {"type": "array"}})
    store = DefinitionStore(folder)
    assert [workflow.workflow_id for workflow in store.unjudged()] == ["wf_a", "wf_b"]
    assert [workflow.workflow_id for workflow in store.all()] == ["wf_a"]
    assert store.unjudged() == store.all()


def test_a_slip_in_a_key_is_refused_with_its_name(folder):
    file = write(folder, "a.json", {"id": "wf_a", "limmit": 5})
    with pytest.raises(BadInput, match='"limmit" is no key of a definition'):
        read_definition(file)


def test_several_slips_are_all_named(folder):
    file = write(folder, "a.json", {"id": "wf_a", "limmit": 5, "tittle": ""})
    with pytest.raises(BadInput, match='"limmit", "tittle" are no keys'):
        read_definition(file)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("productionGuard", "no", "productionGuard must be true or false"),
        ("slots", {}, "slots must be a list"),
        ("slots", [{"name": "a"}] * 21, "at most 20"),
        ("slots", [{"name": "a"}, {"name": "a"}], "stands twice"),
        ("slots", ["a"], "entry 1 must be an object"),
        ("slots", [{"name": "a", "typ": "string"}], "entry 1 must be an object"),
        ("slots", [{"name": "a"}, {"type": "string"}], "entry 2 needs a name"),
        ("slots", [{"name": "a", "type": "text"}], "type must be one of string"),
        ("slots", [{"name": "a", "from": "x"}], "from must be a JSON Pointer"),
        ("slots", [{"name": "a", "from": "metadata."}], "from must be a JSON Pointer"),
        ("slots", [{"name": "a", "from": 5}], "from must be a JSON Pointer"),
        ("scriptId", 5, "scriptId must be text"),
        ("sendBeforeHours", 10**400, "sendBeforeHours must be a number of hours"),
    ],
)
def test_what_a_key_cannot_hold_is_refused_with_what_it_can(folder, key, value, words):
    with pytest.raises(BadInput, match=words):
        read_definition(write(folder, "a.json", {"id": "wf_a", key: value}))


FULL = Workflow(
    workflow_id="wf/Ü 1",
    title="Rückruf 📞",
    description="Two\nlines",
    schema={"type": "object", "properties": {"z": {"type": "string"}, "a": {"default": 2**70}}},
    limit=5,
    priority=2,
    reason_required=True,
    approval_required=True,
    send_before_hours=1.5,
    production_guard=False,
    slots=(Slot("z"), Slot("who", "integer", "/customer/id"), Slot("p", "string", "priority")),
    script_path="/a/b",
    script_id="17",
    skill_id="4",
)


@pytest.mark.parametrize("workflow", [FULL, Workflow("wf_a", "wf_a", send_before_hours=None)])
def test_a_written_definition_reads_back_equal_and_writes_the_same_bytes(folder, workflow):
    text = definition_text(workflow)
    file = folder / "a.json"
    file.write_text(text, encoding="utf-8")
    again = read_definition(file)
    assert again == workflow
    assert definition_text(again) == text
    assert again.digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_schema_in_another_order_is_another_definition(folder):
    one = Workflow("a", "a", schema={"properties": {"x": {}, "y": {}}})
    other = Workflow("a", "a", schema={"properties": {"y": {}, "x": {}}})
    assert changed_keys(one, other) == ["schema"]
    assert one.digest != other.digest
    assert changed_keys(None, None) == []


def put(store: DefinitionStore, workflow: Workflow) -> None:
    store.reload()
    store.carry_out(store.stage(workflow))
    store.reload()


@pytest.mark.parametrize(
    ("workflow_id", "name"),
    [
        ("wf_a-1", "wf_a-1.json"),
        ("WF_A", "wf_a-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("con", "con-"),
        ("Ü", "workflow-"),
    ],
)
def test_a_definition_gets_a_file_name_that_no_system_bends(folder, workflow_id, name):
    store = DefinitionStore(folder)
    put(store, Workflow(workflow_id, "t"))
    (file,) = folder.glob("*.json")
    assert file.name.startswith(name)
    assert store.get(workflow_id) == Workflow(workflow_id, "t")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_new_definition_takes_no_file_of_another_one(folder):
    write(folder, "wf_a.json", {"id": "something_else"})
    store = DefinitionStore(folder)
    put(store, Workflow("wf_a", "t"))
    assert {item.workflow_id for item in store.all()} == {"wf_a", "something_else"}
    for name in [file.name for file in folder.glob("wf_a-*.json")]:
        (folder / name).write_text("{", encoding="utf-8")
    put(store, Workflow("wf_a", "again"))
    assert store.get("wf_a") == Workflow("wf_a", "again")


def test_a_definition_keeps_its_file_where_it_is_replaced_and_a_yaml_one_becomes_json(folder):
    write(folder, "mine.json", {"id": "wf_a"})
    (folder / "other.yaml").write_text("id: wf_b\n")
    store = DefinitionStore(folder)
    put(store, Workflow("wf_a", "new"))
    put(store, Workflow("wf_b", "new"))
    assert sorted(file.name for file in folder.iterdir()) == ["mine.json", "wf_b.json"]
    assert [item.title for item in store.all()] == ["new", "new"]


def test_a_removed_definition_is_gone_and_a_second_carrying_out_takes_nothing_else(folder):
    store = DefinitionStore(folder)
    put(store, Workflow("wf_a", "t"))
    plan = store.stage_removal("wf_a")
    store.carry_out(plan)
    put(store, Workflow("wf_a", "back"))
    store.carry_out(plan)
    store.reload()
    assert store.get("wf_a") == Workflow("wf_a", "back")


def test_what_was_staged_and_given_up_leaves_nothing(folder):
    store = DefinitionStore(folder)
    store.reload()
    plan = store.stage(Workflow("wf_a", "t"))
    assert store.unfinished()
    store.give_up(plan)
    assert not store.unfinished()
    store.stage(Workflow("wf_a", "t"))
    store.sweep()
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_staged(folder, monkeypatch):
    store = DefinitionStore(folder / "file" / "workflows")
    (folder / "file").write_text("")
    with pytest.raises(EnvironmentProblem):
        store.stage(Workflow("wf_a", "t"))


def test_a_disk_that_refuses_the_last_step_is_told(folder, monkeypatch):
    store = DefinitionStore(folder)
    store.reload()
    plan = store.stage(Workflow("wf_a", "t"))

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(EnvironmentProblem, match="Read-only file system"):
        store.carry_out(plan)
    assert store.unfinished()


def test_a_change_in_the_folder_is_seen_without_reading_every_file(folder):
    store = DefinitionStore(folder)
    assert store.changed()
    store.reload()
    assert not store.changed()
    write(folder, "a.json", {"id": "wf_a"})
    assert store.changed()
    store.reload()
    assert not store.changed()
    assert DefinitionStore(folder / "none").changed()


def test_one_at_a_time_changes_the_folder(folder):
    one, other = DefinitionStore(folder), DefinitionStore(folder)
    held = one.lock()
    assert held is not None
    with held:
        assert other.lock() is None
    taken = other.lock()
    assert taken is not None
    with taken:
        pass


def test_a_system_that_syncs_no_folders_is_not_asked_to(folder, monkeypatch):
    store = DefinitionStore(folder)
    store.reload()
    plan = store.stage(Workflow("wf_a", "t"))
    monkeypatch.setattr("console.store.definitions.os.name", "nt")
    store.carry_out(plan)
    monkeypatch.undo()
    store.reload()
    assert store.get("wf_a") == Workflow("wf_a", "t")
