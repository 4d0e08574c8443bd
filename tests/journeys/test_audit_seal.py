"""The seal as scripts and people meet it: checkpoint, adoption, a machine without a keyring."""

from __future__ import annotations

from tests import naive_seal
from tests.journeys.program import Program
from tests.journeys.strict_tenant import StrictTenant
from tests.store.trails import TUTORIAL


def test_a_command_returns_when_its_record_is_sealed(
    console: Program, tenant: StrictTenant
) -> None:
    assert tenant.bodies == []
    assert console.run("trigger", "wf").code == 0
    sealed = naive_seal.check(console.data_dir / "audit")
    assert sealed.size == len(console.records())
    ran = console.run("audit", "checkpoint")
    note = (console.data_dir / "audit" / "seal" / "checkpoint").read_bytes()
    assert (ran.code, ran.out.encode(), ran.err) == (0, note, "")
    told = console.run("audit", "checkpoint", "--json").json
    assert (told["origin"], told["size"]) == (sealed.origin, sealed.size)
    assert told["checkpoint"].encode() == note


def test_where_nothing_is_sealed_the_checkpoint_command_says_so_and_makes_nothing(
    program: Program,
) -> None:
    ran = program.run("audit", "checkpoint")
    assert ran.code == 1
    assert "no checkpoint yet" in ran.one_line
    assert not program.data_dir.exists()


def test_reading_and_checking_a_trail_needs_no_key(console: Program) -> None:
    assert console.run("trigger", "wf").code == 0
    console.settings["CXONE_CONSOLE_AUDIT_KEY"] = "/nowhere/at/all"
    for command in (("audit", "verify"), ("audit", "search")):
        ran = console.run(*command, str(console.data_dir))
        assert (ran.code, ran.err) == (0, "")
    assert console.run("audit", "checkpoint").code == 0


def test_without_a_keyring_the_first_record_warns_once_where_the_key_stands(
    console: Program,
) -> None:
    del console.settings["CXONE_CONSOLE_AUDIT_KEY"]
    said = [console.run("trigger", "wf", "--again").err for _ in range(2)]
    key = console.config_dir / "audit.key"
    assert str(key) in said[0]
    assert key.stat().st_mode & 0o777 == 0o600
    assert said[1] == ""
    assert key.read_bytes().strip() not in b"".join(
        path.read_bytes() for path in console.data_dir.rglob("*") if path.is_file()
    )


def test_a_key_that_cannot_be_used_is_said_in_one_line_before_a_job_is_made(
    console: Program, tenant: StrictTenant
) -> None:
    key = console.data_dir.parent / "other.key"
    key.write_text("PRIVATE+KEY+nonsense\n")
    key.chmod(0o600)
    console.settings["CXONE_CONSOLE_AUDIT_KEY"] = str(key)
    ran = console.run("trigger", "wf", "--wait")
    assert ran.code == 3
    assert str(key) in ran.one_line
    assert console.jobs() == []
    assert tenant.bodies == []


def test_the_tutorials_trail_is_adopted_into_an_empty_folder_and_gone_on_with(
    program: Program,
) -> None:
    ran = program.run("audit", "adopt", str(TUTORIAL), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [file["records"] for file in ran.json["files"]] == [160, 160, 160]
    assert program.types()[-1] == "AUDIT_TRAIL_ADOPTED"
    assert naive_seal.check(program.data_dir / "audit").size == 483
    again = program.run("audit", "adopt", str(TUTORIAL))
    assert again.code == 2
    assert "only an empty one" in again.one_line
    assert program.run("audit", "verify", str(program.data_dir)).code == 0


def test_the_checkpoint_can_be_shown_as_a_code_for_a_phone(console: Program) -> None:
    assert console.run("trigger", "wf").code == 0
    ran = console.run("audit", "checkpoint", "--qr", PYTHONIOENCODING="utf-8")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert len(lines) > 20
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) <= set(" \u2580\u2584\u2588")
