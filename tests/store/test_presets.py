"""Presets on disk: for their owner only, broken ones told, shared files taken in."""

import json
from pathlib import Path

import pytest

from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.preset import Preset
from console.store.presets import PresetStore, read_preset

GOLD = Preset("Gold", "wf_a", {"tier": "gold"}, ("/tier",))


def test_a_saved_preset_is_there_again_and_for_its_owner_only(tmp_path):
    store = PresetStore(tmp_path / "presets")
    assert store.all() == ((), ())
    store.save(GOLD, replace=False)
    store.save(Preset("gold", "wf_b"), replace=False)
    store.save(Preset("📞", "wf_b"), replace=False)
    assert [preset.name for preset in store.all()[0]] == ["Gold", "gold", "📞"]
    for file in (tmp_path / "presets").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "presets").stat().st_mode & 0o777 == 0o700


def test_a_preset_of_a_name_that_exists_takes_its_place_only_when_asked(tmp_path):
    store = PresetStore(tmp_path)
    store.save(GOLD, replace=False)
    with pytest.raises(BadInput, match="already"):
        store.save(Preset("Gold", "wf_a"), replace=False)
    store.save(Preset("Gold", "wf_a"), replace=True)
    assert store.all()[0] == (Preset("Gold", "wf_a"),)


def test_a_removed_preset_is_gone_also_where_a_person_named_its_file(tmp_path):
    store = PresetStore(tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps({"name": "Gold", "workflow": "wf_a"}))
    (tmp_path / "broken.json").write_text("{")
    store.save(GOLD, replace=False)
    store.save(Preset("Silver", "wf_a"), replace=False)
    store.remove("wf_a", "Gold")
    assert store.all()[0] == (Preset("Silver", "wf_a"),)
    store.remove("wf_a", "Gold")


def test_a_broken_file_is_named_and_hides_no_other(tmp_path):
    store = PresetStore(tmp_path)
    store.save(GOLD, replace=False)
    (tmp_path / "broken.json").write_text('{"name": "x", "workflow": "w", "lockd": 1}')
    presets, broken = store.all()
    assert presets == (GOLD,)
    assert "broken.json" in broken[0].message
    assert "lockd" in broken[0].message


def test_a_shared_file_may_be_yaml(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("name: Gold\nworkflow: wf_a\nvalues: {tier: gold}\nlocked: [/tier]\n")
    assert read_preset(file) == GOLD


def test_a_folder_that_takes_nothing_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentProblem):
        PresetStore(tmp_path / "file").save(GOLD, replace=True)
    store = PresetStore(tmp_path)
    store.save(GOLD, replace=True)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(EnvironmentProblem, match="Permission denied"):
        store.remove("wf_a", "Gold")
