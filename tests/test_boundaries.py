"""Rules about the whole program that no linter can hold."""

import ast
import asyncio
import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from console import VERSION
from console.resources import resource_path
from tests.conftest import NetworkUsedError

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "console").rglob("*.py"))
OURS = [p for d in ("console", "tests", "bench", "packaging") for p in (ROOT / d).rglob("*.py")]
CONSTRAINTS = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> list[tuple[int, str]]:
    """Promise (line, method or function name) of every call in the module."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute):
                found.append((node.lineno, called.attr))
            elif isinstance(called, ast.Name):
                found.append((node.lineno, called.id))
    return found


def loaded_by(statement: str) -> set[str]:
    """Promise the top-level modules that a fresh interpreter has after the statement."""
    code = f"import sys\n{statement}\nprint('\\n'.join(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_no_module_is_longer_than_400_lines():
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in OURS}
    assert {module: lines for module, lines in lengths.items() if lines > 400} == {}


def test_files_name_no_registry_and_no_path_of_one_machine():
    done = subprocess.run(
        [sys.executable, "packaging/check_tree.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_packaging_stays_a_plain_folder_so_that_it_shadows_no_module():
    assert not (ROOT / "packaging" / "__init__.py").exists()
    loaded = subprocess.run(
        [sys.executable, "-c", "import packaging.version as v; print(v.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "site-packages" in loaded.stdout


def test_constraints_pin_one_version_each_and_name_no_address():
    lines = [line for line in CONSTRAINTS.splitlines() if line and not line.startswith("#")]
    pin = re.compile(r'[A-Za-z0-9._-]+==[0-9][0-9a-z.]*( ; \w+ [<=]+ "[\w.]+")?')
    assert [line for line in lines if not pin.fullmatch(line)] == []
    assert "://" not in CONSTRAINTS
    assert len({line.partition("==")[0].lower() for line in lines}) == len(lines)


def test_every_declared_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    names = {re.split(r"[<>=!~ ]", d, maxsplit=1)[0].lower() for d in declared}
    pinned = {line.partition("==")[0].lower() for line in CONSTRAINTS.splitlines()}
    assert names - pinned == set()


def test_the_licence_is_the_whole_apache_2_text():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_domain_reads_no_clock_makes_no_random_choice_and_touches_no_disk():
    impure = {"now", "utcnow", "today", "uuid1", "uuid4", "open", "print", "input", "getenv"}
    domain = [p for p in MODULES if p.is_relative_to(ROOT / "console" / "domain")]
    found = [(name(p), line, call) for p in domain for line, call in calls(p) if call in impure]
    assert found == []


def test_the_domain_imports_nothing_of_the_program_but_itself():
    domain = [p for p in MODULES if p.is_relative_to(ROOT / "console" / "domain")]
    found = [
        (name(p), module)
        for p in domain
        for module in re.findall(
            r"^\s*(?:from|import) (console[.\w]*)", p.read_text(encoding="utf-8"), re.MULTILINE
        )
        if not module.startswith("console.domain")
    ]
    assert found == []


def test_only_the_owner_of_tasks_makes_tasks():
    owner = ROOT / "console" / "services" / "tasks.py"
    simulator = ROOT / "console" / "simulator"  # a process of its own, whose TaskGroup owns them
    making = {"create_task", "ensure_future", "run_coroutine_threadsafe"}
    found = [
        (name(p), line)
        for p in MODULES
        if p != owner and not p.is_relative_to(simulator)
        for line, call in calls(p)
        if call in making
    ]
    assert found == []


def test_no_dialog_runs_a_loop_of_its_own_inside_the_loop():
    nested = {"exec", "exec_", "processEvents", "asyncClose"}
    found = [(name(p), call) for p in MODULES for _, call in calls(p) if call in nested]
    # Qt's own loop paints the window while what runs the other loop is still being imported.
    assert found == [("console/app/gui.py", "exec")]


def test_every_package_says_in_one_sentence_what_it_is_for():
    silent = []
    for path in MODULES:
        if path.name == "__init__.py":
            sentence = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            if not sentence.endswith("."):
                silent.append(name(path))
    assert silent == []


def test_names_of_tests_say_what_happens():
    vague = re.compile(r"def (test_\w*(?:works|correctly)\w*)\(")
    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    found = [n for p in tests for n in vague.findall(p.read_text(encoding="utf-8"))]
    assert found == []


def test_headless_commands_load_no_qt():
    assert {"PySide6", "shiboken6", "qasync"} & loaded_by("import console.cli") == set()


def test_the_command_line_answers_before_heavy_libraries_are_loaded():
    heavy = {"httpx", "pydantic", "keyring", "aiohttp", "jsonschema", "cryptography"}
    assert heavy & loaded_by("import console.cli") == set()


def test_the_domain_is_loaded_without_heavy_libraries():
    domain = (ROOT / "console" / "domain").rglob("[a-z]*.py")
    modules = ", ".join(".".join(p.relative_to(ROOT).with_suffix("").parts) for p in domain)
    heavy = {"pydantic", "jsonschema", "asyncio", "PySide6", "httpx", "cryptography"}
    assert heavy & loaded_by(f"import {modules}") == set()


def test_the_program_and_its_package_agree_on_the_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    done = subprocess.run(
        [sys.executable, "-m", "console", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[-1:]) == (0, [VERSION])


def test_a_missing_resource_is_named():
    with pytest.raises(FileNotFoundError, match=r"icons/no-such-icon\.svg"):
        resource_path("icons", "no-such-icon.svg")
    assert resource_path("icons").is_dir()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "cxone.example"])
def test_a_test_cannot_reach_beyond_loopback(host):
    with pytest.raises(NetworkUsedError), socket.create_connection((host, 443), timeout=1):
        pass


async def test_a_test_may_speak_to_a_server_on_loopback():
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read() == b"hello"
        writer.close()
        await writer.wait_closed()


def test_a_test_sees_none_of_the_settings_of_this_machine(tmp_path):
    ours = {key for key in os.environ if key.startswith("CXONE_CONSOLE_")}
    assert ours == {"CXONE_CONSOLE_DATA_DIR", "CXONE_CONSOLE_AUDIT_KEY"}
    assert Path(os.environ["CXONE_CONSOLE_DATA_DIR"]).is_relative_to(tmp_path)


def test_coroutines_run_on_the_loop_of_the_window(on_qt_loop):
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert on_qt_loop(answer()) == 42
