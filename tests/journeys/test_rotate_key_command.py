"""`audit rotate-key`: a new key with its reason, also where the program is killed in the middle."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from console.app.audit import Asked, verify
from tests import naive_seal
from tests.journeys.interposed import Interposed, Point, at, sample
from tests.journeys.program import Program
from tests.journeys.scenarios import CALLS, fresh_folder
from tests.journeys.strict_tenant import StrictTenant


def test_the_command_names_both_keys_and_the_trail_goes_on_intact(console: Program) -> None:
    assert console.run("trigger", "wf").code == 0
    assert console.run("audit", "pin").code == 0
    seal = console.data_dir / "audit" / "seal"
    old = (seal / "vkey").read_text().strip()
    ran = console.run("audit", "rotate-key", "--reason", "the laptop was lost")
    assert ran.code == 0
    new = (seal / "vkey").read_text().splitlines()[0]
    assert old in ran.out
    assert new in ran.out
    assert "bears both signatures" in ran.out
    [told] = console.payloads("AUDIT_KEY_CHANGED")
    assert (told["reason"], told["operator"]) == ("the laptop was lost", "op-north")
    assert naive_seal.check(console.data_dir / "audit").signers == 2
    ran = console.run("audit", "rotate-key", "--reason", "again", "--json")
    assert (ran.json["from"], ran.json["signedByBoth"]) == (new, True)
    assert console.run("trigger", "wf", "--again").code == 0
    ran = console.run("audit", "verify", str(console.data_dir), "--json")
    assert (ran.code, ran.json["keyTrust"]) == (0, "pinned")
    key = console.data_dir.parent / "old.vkey"
    key.write_text(old)
    assert console.run("audit", "verify", str(console.data_dir), "--key", str(key)).code == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "\udcff"])
def test_without_a_reason_that_can_stand_on_record_nothing_happens(
    console: Program, reason: str
) -> None:
    ran = console.run("audit", "rotate-key", "--reason", reason.encode("utf-8", "surrogateescape"))
    assert ran.code == 2
    assert "reason" in ran.one_line.lower()
    assert "AUDIT_KEY_CHANGED" not in console.types()
    assert console.run("audit", "rotate-key").code == 2


ROTATE = ("audit", "rotate-key", "--reason", "why")


def prepared(console: Program, tenant: StrictTenant, home: Path) -> Program:
    fresh = fresh_folder(console, tenant, home)
    fresh.settings["CXONE_CONSOLE_AUDIT_KEY"] = str(home / "audit.key")
    assert fresh.run("queue", "pause").code == 0
    return fresh


def test_killed_before_any_call_the_trail_verifies_by_the_old_key_and_a_key_signs_on(
    tmp_path: Path, console: Program, tenant: StrictTenant, proving: bool
) -> None:
    counted = Interposed(tmp_path / "counted.log", CALLS)
    fresh = prepared(console, tenant, tmp_path / "counted")
    assert fresh.run(*ROTATE, under=counted.command).code == 0
    points = counted.points()
    for point in points if proving else sample(points, 4, "rotate"):
        with at(point):
            _killed(prepared(console, tenant, tmp_path / str(point)), point, tmp_path)


def _killed(fresh: Program, point: Point, folder: Path) -> None:
    vkey = fresh.data_dir / "audit" / "seal" / "vkey"
    old = vkey.read_text().strip()
    fault = {point.call: f"signal=KILL:when={point.number}"}
    log = folder / f"{point}.log"
    ran = fresh.run(*ROTATE, under=Interposed(log, CALLS, faults=fault).command)
    assert ran.code in (0, -9), ran.err
    with patch.dict(os.environ, fresh.settings):
        report = verify(fresh.data_dir, Asked(key=old), str(fresh.data_dir))
        assert report.intact, report.summary
    for word in ("resume", "pause"):
        assert fresh.run("queue", word).code == 0
    naive_seal.check(fresh.data_dir / "audit")
    with patch.dict(os.environ, fresh.settings):
        report = verify(fresh.data_dir, Asked(key=old), str(fresh.data_dir))
    assert report.intact, report.summary
    changed = fresh.payloads("AUDIT_KEY_CHANGED")
    assert len(changed) <= 1
    assert all(one["signedByBoth"] for one in changed)
    assert len(vkey.read_text().splitlines()) == 1 + len(changed)
