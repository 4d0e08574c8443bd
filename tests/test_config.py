"""Folders and settings: defaults, the file, the environment over it, and errors in words."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.config import (
    BadSetting,
    Settings,
    UnusableFolder,
    find_cache,
    find_paths,
    load_settings,
    make_private_dir,
    os_user,
    read_toml,
    save_settings,
    write_private,
)

USER = {"USER": "maria"}


def test_without_a_file_the_defaults_hold_and_the_operator_is_the_user(tmp_path):
    loaded = load_settings(tmp_path / "settings.toml", USER)
    assert loaded.settings == Settings(operator="maria")
    assert loaded.warnings == ()
    assert not loaded.operator_chosen
    settings = loaded.settings
    assert (settings.max_retries, settings.base_delay_s, settings.default_limit) == (3, 1.0, 50)
    assert (settings.lookup_first_s, settings.lookup_second_s) == (5.0, 10.0)
    assert (settings.poll_interval_s, settings.request_deadline_s) == (3.0, 30.0)


def test_the_file_changes_settings_and_the_environment_goes_over_it(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("operator = 'Jo'\nmax_retries = 5\nlookup_first_s = 2\ntheme = 'dark'\n")
    environ = {**USER, "CXONE_CONSOLE_MAX_RETRIES": "7", "CXONE_CONSOLE_LOOKUP_SECOND_S": "0.5"}
    loaded = load_settings(file, environ)
    assert loaded.operator_chosen
    settings = loaded.settings
    assert (settings.operator, settings.max_retries, settings.theme) == ("Jo", 7, "dark")
    assert (settings.lookup_first_s, settings.lookup_second_s) == (2.0, 0.5)
    assert isinstance(settings.lookup_first_s, float)


def test_the_environment_can_name_the_operator_and_an_empty_one_says_nothing(tmp_path):
    file = tmp_path / "settings.toml"
    named = load_settings(file, {**USER, "CXONE_CONSOLE_OPERATOR": " Ana "})
    assert named.settings.operator == "Ana"
    assert load_settings(file, {**USER, "CXONE_CONSOLE_OPERATOR": ""}).settings.operator == "maria"


@pytest.mark.parametrize(
    ("line", "key", "allowed"),
    [
        ("max_retries = 0", "max_retries", "from 1 to 20"),
        ("max_retries = 2.5", "max_retries", "whole number"),
        ("max_retries = true", "max_retries", "whole number"),
        ("max_retries = '3'", "max_retries", "whole number"),
        ("poll_interval_s = nan", "poll_interval_s", "number from 0.2"),
        ("poll_interval_s = inf", "poll_interval_s", "to 3600"),
        ("theme = 'blue'", "theme", "system, light, dark"),
        ("theme = 3", "theme", "must be text"),
        ('operator = "a\\nb"', "operator", "one line"),
        (f"default_limit = {10**30}", "default_limit", "to 1e+06"),
    ],
)
def test_a_value_that_is_not_allowed_names_file_key_and_what_is(tmp_path, line, key, allowed):
    file = tmp_path / "settings.toml"
    file.write_text(line)
    with pytest.raises(BadSetting) as caught:
        load_settings(file, USER)
    assert caught.value.key == key
    for part in ("settings.toml", key, allowed):
        assert part in str(caught.value)


@pytest.mark.parametrize("text", ["0", "x", "2.5", "nan", "9" * 500])
def test_a_variable_that_is_not_allowed_is_named(tmp_path, text):
    with pytest.raises(BadSetting, match="CXONE_CONSOLE_MAX_RETRIES"):
        load_settings(tmp_path / "s.toml", {"CXONE_CONSOLE_MAX_RETRIES": text})


def test_a_switch_is_true_or_false_in_the_file_and_may_be_on_or_off_in_the_environment(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("console_seal = true\n")
    assert load_settings(file, {}).settings.console_seal is True
    for text, on in (("off", False), ("0", False), ("False", False), (" ON ", True), ("1", True)):
        env = {"CXONE_CONSOLE_CONSOLE_SEAL": text}
        assert load_settings(file, env).settings.console_seal is on
    for line in ('console_seal = "true"', "console_seal = 1"):
        file.write_text(line)
        with pytest.raises(BadSetting, match="console_seal must be true or false, not"):
            load_settings(file, {})


def test_an_unknown_key_is_a_warning_and_no_error(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("colour = 'red'\nmax_retries = 4\n")
    loaded = load_settings(file, USER)
    assert loaded.settings.max_retries == 4
    assert len(loaded.warnings) == 1
    assert "colour" in loaded.warnings[0]


@pytest.mark.parametrize(
    "content", [b"= 3", b"\xff", b"a = " + b"[" * 10_000, b"a = " + b"9" * 200_000]
)
def test_a_file_that_is_no_toml_is_named(tmp_path, content):
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(BadSetting, match=r"settings\.toml"):
        read_toml(file)


def test_a_file_that_cannot_be_read_is_a_problem_of_this_computer(tmp_path):
    with pytest.raises(UnusableFolder, match="cannot be read"):
        read_toml(tmp_path)


def test_saved_settings_are_read_again_and_leave_others_alone(tmp_path):
    file = tmp_path / "data" / "settings.toml"
    save_settings(file, {"theme": "dark", "poll_interval_s": 5})
    file.write_text(file.read_text() + "future = 1\n")
    save_settings(file, {"max_retries": 4})
    loaded = load_settings(file, USER)
    assert loaded.settings == Settings(
        operator="maria", theme="dark", poll_interval_s=5.0, max_retries=4
    )
    assert read_toml(file)["future"] == 1


@pytest.mark.parametrize("changes", [{"theme": "blue"}, {"nonsense": 1}])
def test_what_is_not_allowed_is_not_saved(tmp_path, changes):
    with pytest.raises(BadSetting):
        save_settings(tmp_path / "settings.toml", changes)
    assert list(tmp_path.iterdir()) == []


@given(st.sampled_from(["theme", "operator", "max_retries", "base_delay_s"]), st.text())
def test_no_text_in_the_environment_makes_it_fail_otherwise(key, text):
    variable = f"CXONE_CONSOLE_{key.upper()}"
    try:
        load_settings(Path("/nonexistent/settings.toml"), {**USER, variable: text})
    except BadSetting as error:
        told = str(error)
        assert variable in told


def test_folders_come_from_the_option_then_the_environment_then_the_system(tmp_path):
    environ = {"CXONE_CONSOLE_DATA_DIR": str(tmp_path / "env")}
    assert find_paths(tmp_path / "option", environ).data_dir == tmp_path / "option"
    assert find_paths(None, environ).data_dir == tmp_path / "env"
    assert find_paths(None, {}).data_dir.name == "cxone-console"
    own = find_paths(None, {**environ, "CXONE_CONSOLE_CONFIG_DIR": str(tmp_path / "config")})
    assert own.config_dir == tmp_path / "config"


def test_a_relative_folder_is_made_absolute_and_a_home_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_paths("x", {}).data_dir == tmp_path / "x"
    assert find_paths("~/y", {}).data_dir == tmp_path / "y"
    with pytest.raises(BadSetting, match="cannot be found"):
        find_paths("~nobody-of-this-name/z", {})


def test_everything_stands_in_the_data_folder(tmp_path):
    paths = find_paths(tmp_path, {})
    inside = [
        paths.settings_file,
        paths.profiles_file,
        paths.workflows_dir,
        paths.audit_dir,
        paths.logs_dir,
        paths.log_file,
        paths.state_dir,
        paths.database_file,
        paths.sender_lock,
        paths.trail_lock,
        paths.demo_dir,
    ]
    assert all(path.is_relative_to(tmp_path) for path in inside)
    assert len(set(inside)) == len(inside)


def test_folders_are_made_for_their_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        paths = find_paths(tmp_path / "a" / "b", {})
        paths.make()
        paths.make()
    finally:
        os.umask(old)
    for folder in (tmp_path / "a", paths.data_dir, paths.audit_dir, paths.logs_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_in_the_way_of_a_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UnusableFolder, match="--data-dir"):
            make_private_dir(folder)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "x"
    write_private(file, b"old")

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("console.config.os.fsync", fail)
    with pytest.raises(UnusableFolder, match="Input/output error"):
        write_private(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_temporary_file_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    def fail(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", fail)
    with pytest.raises(UnusableFolder, match="Read-only"):
        write_private(tmp_path / "x", b"")


def test_without_a_posix_system_the_folder_is_not_synced(tmp_path, monkeypatch):
    synced: list[int] = []
    monkeypatch.setattr("console.config.os.fsync", synced.append)
    monkeypatch.setattr("console.config._POSIX", False)
    write_private(tmp_path / "x", b"1")
    assert (tmp_path / "x").read_bytes() == b"1"
    assert len(synced) == 1


def test_who_is_logged_in_is_asked_of_environment_and_system(monkeypatch):
    assert os_user({"LOGNAME": "a", "USER": "b"}) == "a"
    assert os_user({"USERNAME": "w"}) == "w"
    monkeypatch.setattr("getpass.getuser", lambda: "system")
    assert os_user({}) == "system"

    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert os_user({}) == "unknown"


@pytest.mark.parametrize("name", ["a\nb", "a\udcff", "a\u202eb"])
def test_a_login_name_becomes_one_line_of_text(name):
    told = os_user({"LOGNAME": name})
    assert told.startswith("a?")
    assert told.isprintable()


def test_a_folder_whose_name_is_no_text_is_told():
    with pytest.raises(BadSetting, match="no UTF-8"):
        find_paths("/tmp/\udcff", {})


def test_settings_are_read_without_the_heavy_libraries(tmp_path):
    code = (
        "import sys; from console.config import *; p = find_paths(sys.argv[1], {}); "
        "load_settings(p.settings_file, {'USER': 'x'}); "
        "print([m for m in ('pydantic', 'httpx', 'keyring', 'PySide6') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"


def test_what_can_be_made_again_is_kept_where_it_is_said_else_in_the_systems_cache(tmp_path):
    chosen = find_cache({"CXONE_CONSOLE_CACHE_DIR": str(tmp_path / "cache")})
    assert chosen == tmp_path / "cache"
    assert not chosen.exists()
    assert find_cache({}).name == "cxone-console"
