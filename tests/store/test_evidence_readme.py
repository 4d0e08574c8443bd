"""The README in an evidence bundle: its commands are run as they stand there, by ordinary tools."""

import ast
import hashlib
import os
import re
import subprocess

import pytest

from console.domain.audit import record_line
from console.store.evidence_export import filled
from tests.store.bundles import VERIFIER, bundle_with_values, make_bundle
from tests.store.sealed import KEY, OTHER, START, day, sealed_trail


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "trail")


def test_the_file_handed_out_is_written_for_pythons_from_3_8_on():
    ast.parse(VERIFIER.read_text("utf-8"), feature_version=(3, 8))


def commands(text):
    """(commands, what they print) of each block between ~~~."""
    found = re.findall(r"^~~~\n(.*?)\n~~~\n(?:prints: ([^\n]*)\n)?", text, re.DOTALL | re.MULTILINE)
    assert len(found) >= 4
    return found


def shell(folder, script, key=KEY.verifier.text):
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        env=dict(os.environ) | {"VKEY": key},
        check=False,
    )
    return ran.returncode, ran.stdout


def unpacked(path, folder):
    subprocess.run(["unzip", "-q", path, "-d", folder], check=True)
    return folder


@pytest.mark.parametrize("many", [False, True])
def test_the_readmes_commands_do_what_they_say_and_fail_where_something_was_changed(
    tmp_path, monkeypatch, many
):
    if many:
        monkeypatch.setattr("console.domain.evidence.MAX_SINGLE", 0)
    path = bundle_with_values(tmp_path)
    folder = unpacked(path, tmp_path / "unpacked")
    text = (folder / "README.txt").read_text("utf-8")
    assert "{{" not in text
    assert "[[" not in text
    blocks = commands(text)
    told = [printed for _, printed in blocks if printed]
    assert told == ["Signature Verified Successfully", "leads to the signed root", "every hash holds", "sealed"]  # fmt: skip
    for script, printed in blocks:
        code, out = shell(folder, script)
        assert code == 0, (script, out)
        assert not printed or out.strip() == printed
    [leaf] = [out for script, _ in blocks if "sed -n 1p" in script
              for out in [shell(folder, script)[1].split()[0]]]  # fmt: skip
    line = (folder / "records.jsonl").read_bytes().split(b"\n")[0]
    assert leaf == hashlib.sha256(b"\0" + line).hexdigest()
    for wrong in (
        KEY.verifier.text.replace(KEY.verifier.text[-9:-4], "AAAAA"),
        OTHER.verifier.text,
    ):
        assert any(shell(folder, script, wrong)[0] for script, _ in blocks)
    changed = (folder / "records.jsonl").read_bytes().replace(b"j-1", b"j-2")
    (folder / "records.jsonl").write_bytes(changed)
    outs = [shell(folder, script) for script, printed in blocks if printed in told[1:3]]
    assert all("leads" not in out and "every hash" not in out for _, out in outs)


def test_the_digests_of_files_can_be_checked_by_sha256sum(trail, tmp_path):
    folder = unpacked(make_bundle(trail.folder, tmp_path / "e.zip", [6]), tmp_path / "unpacked")
    code, out = shell(trail.folder, f"sha256sum -c {folder}/files.sha256")
    assert (code, out.count(": OK")) == (0, 2)


def test_a_history_can_be_found_in_the_record_of_its_export(trail, tmp_path):
    history = b'{"jobId": "j-1"}\n'
    digest = hashlib.sha256(history).hexdigest()
    trail.files[day(2)].append(record_line(START, "AUDIT_EXPORTED", {"historySha256": digest}))
    trail.write().seal()
    path = make_bundle(trail.folder, tmp_path / "e.zip", [6, 15], history=history)
    folder = unpacked(path, tmp_path / "unpacked")
    text = (folder / "README.txt").read_text("utf-8")
    [(script, printed)] = [block for block in commands(text) if "jobs.jsonl" in block[0]]
    assert printed == "sealed"
    code, out = shell(folder, script)
    assert (code, out.strip()) == (0, printed)


def test_the_readme_speaks_of_what_is_there_only():
    template = "a {{x}}\n[[on]]\nb\n[[]]\n[[off]]\nc\n[[]]\nd\n"
    assert filled(template, {"x": "1"}, {"on": True, "off": False}) == "a 1\nb\nd\n"
