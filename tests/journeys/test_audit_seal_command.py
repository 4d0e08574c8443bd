"""A third party at the command line: verify a sealed trail, pin it, prove one record, check a proof."""

import json

import pytest

from console.cli import main
from tests.store.sealed import KEY, OTHER, day, rehashed, sealed_trail
from tests.store.tamperings import rewrite


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "trail")


@pytest.fixture
def run(capfd, tmp_path, monkeypatch):
    """Run a command in this process: exit code, stdout, stderr."""
    monkeypatch.setenv("CXONE_CONSOLE_STATE_DIR", str(tmp_path / "state"))

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_a_sealed_trail_is_intact_and_the_report_has_exactly_its_keys(run, trail):
    code, out, err = run("audit", "verify", trail.folder, "--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert list(report) == [
        "verdict", "files", "records", "checkpoint", "keyTrust", "pinned", "notProven"
    ]  # fmt: skip
    assert report["checkpoint"]["size"] == report["records"] == 15
    assert report["checkpoint"]["key"] == KEY.verifier.text
    assert (report["keyTrust"], report["pinned"]) == ("folder", None)
    code, out, _ = run("audit", "verify", trail.folder, "--json", "--deep")
    assert (code, json.loads(out)["keyTrust"]) == (0, "pinned")
    assert json.loads(out)["pinned"]["size"] == 15


def test_the_verdict_is_said_in_words_with_what_it_does_not_prove(run, trail):
    _, out, _ = run("audit", "verify", trail.folder)
    assert "Intact: 15 records in 3 files, as sealed and in their order." in out
    assert "the folder's own key, unconfirmed" in out
    assert "- Whether the trail was longer once cannot be told" in out
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    rewrite(trail)
    code, out, _ = run("audit", "verify", trail.folder)
    assert code == 1
    assert "first bad: line 3, edited. A record was changed after it was sealed." in out


def test_one_file_of_a_sealed_trail_is_judged_by_the_seal_beside_it(run, trail):
    code, out, _ = run("audit", "verify", trail.folder / day(1), "--json")
    report = json.loads(out)
    assert (code, report["verdict"], report["records"]) == (0, "intact", 5)
    assert [file["file"] for file in report["files"]] == [day(1)]
    trail.files[day(0)].pop()
    rewrite(trail)
    assert run("audit", "verify", trail.folder / day(1))[0] == 0
    assert run("audit", "verify", trail.folder / day(0))[0] == 1


def test_a_key_is_given_as_text_or_as_a_file(run, trail, tmp_path):
    key = tmp_path / "vkey"
    key.write_text(OTHER.verifier.text + "\n")
    code, out, _ = run("audit", "verify", trail.folder, "--key", KEY.verifier.text, "--json")
    assert (code, json.loads(out)["keyTrust"]) == (0, "given")
    assert "other-key" in run("audit", "verify", trail.folder, "--key", key, "--json")[1]
    key.write_text("no key\n")
    assert run("audit", "verify", trail.folder, "--key", key)[0] == 2


def test_a_checkpoint_held_elsewhere_is_compared(run, trail, tmp_path):
    held = tmp_path / "held"
    trail.open_day(3, 2)
    trail.write().seal()
    held.write_bytes((trail.folder / "seal" / "checkpoint").read_bytes())
    assert run("audit", "verify", trail.folder, "--against", held)[0] == 0
    old = sealed_trail(tmp_path / "old")
    code, out, _ = run("audit", "verify", old.folder, "--against", held)
    assert code == 1
    assert "Set back" in out
    held.write_bytes(b"nothing")
    code, _, err = run("audit", "verify", trail.folder, "--against", held)
    assert (code, err.count("\n")) == (2, 1)


def test_verifying_writes_nothing_in_the_opened_folder(run, trail):
    def all_of_it():
        return sorted((p, p.stat().st_mtime_ns) for p in trail.folder.rglob("*"))

    before = all_of_it()
    run("audit", "verify", trail.folder, "--deep")
    run("audit", "pin", trail.folder)
    run("audit", "prove", trail.folder, 3)
    assert all_of_it() == before


def test_pinning_confirms_a_key_and_a_checkpoint(run, trail, tmp_path):
    code, out, _ = run("audit", "pin", trail.folder, "--json")
    assert (code, json.loads(out)["pinned"]["size"]) == (0, 15)
    code, out, _ = run("audit", "verify", trail.folder, "--json")
    report = json.loads(out)
    assert (report["keyTrust"], report["pinned"]["confirmed"]) == ("pinned", True)
    assert "key" not in {item["code"] for item in report["notProven"]}
    trail.files[day(1)].pop()
    rewrite(trail)
    assert run("audit", "pin", trail.folder)[:1] == (1,)
    assert json.loads(run("audit", "pin", trail.folder, "--json")[1])["pinned"] is None
    assert run("audit", "pin", tmp_path / "nowhere")[0] == 2


def test_our_own_trail_is_pinned_where_no_path_is_named(run, tmp_path):
    (tmp_path / "data").mkdir()
    sealed_trail(tmp_path / "data" / "audit")
    code, out, _ = run("--data-dir", tmp_path / "data", "audit", "pin")
    assert code == 0
    assert "Pinned: 15 records" in out


@pytest.mark.parametrize("tiles", [True, False])
def test_a_proof_of_one_record_stands_for_itself(run, tmp_path, tiles):
    trail = sealed_trail(tmp_path / "trail", (4, 300, 4), tiles=tiles)
    code, proof, _ = run("audit", "prove", trail.folder, 290)
    assert code == 0
    assert proof.startswith("c2sp.org/tlog-proof@v1\nextra ")
    path = tmp_path / "one.tlog-proof"
    path.write_text(proof, encoding="utf-8")
    code, _, err = run("audit", "prove", "--check", path)
    assert code == 2, "whose key counts was never said"
    assert "--key" in err
    code, out, _ = run("audit", "prove", "--check", path, "--key", KEY.verifier.text, "--json")
    held = json.loads(out)
    assert code == 0
    assert (held["holds"], held["index"], held["size"]) == (True, 290, 311)
    assert held["record"] == trail.lines[290].decode().rstrip("\n")
    assert run("audit", "prove", "--check", path, "--key", OTHER.verifier.text)[0] == 1
    assert run("audit", "pin", trail.folder)[0] == 0
    assert "The proof holds" in run("audit", "prove", "--check", path)[1]


def test_a_proof_is_checked_against_a_record_beside_it_too(run, trail, tmp_path):
    path, record = tmp_path / "proof", tmp_path / "record"
    _, out, _ = run("audit", "prove", trail.folder, 7, "--json")
    shown = json.loads(out)
    assert (shown["file"], shown["line"], shown["size"]) == (day(1), 3, 15)
    lines = [line for line in shown["proof"].split("\n") if not line.startswith("extra ")]
    path.write_text("\n".join(lines), encoding="utf-8")
    key = ("--key", KEY.verifier.text)
    assert run("audit", "prove", "--check", path, *key)[0] == 2, "it holds no record"
    record.write_bytes(trail.lines[7])
    assert run("audit", "prove", "--check", path, "--record", record, *key)[0] == 0
    record.write_bytes(trail.lines[8])
    assert run("audit", "prove", "--check", path, "--record", record, *key)[0] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("{trail}",), 2),
        (("{trail}", "15"), 2),
        (("{trail}", "-1"), 2),
        (("{trail}", "one"), 2),
        (("{trail}", "1", "--check", "x"), 2),
        (("--check", "nowhere"), 2),
        (("--check", "{trail}/seal/vkey"), 2),
    ],
)
def test_what_cannot_be_proved_or_checked_is_said_in_one_line(run, trail, arguments, code):
    filled = [argument.replace("{trail}", str(trail.folder)) for argument in arguments]
    found, out, err = run("audit", "prove", *filled)
    assert (found, out, err.count("\n")) == (code, "", 1)


@pytest.mark.parametrize("tiles", [True, False])
def test_a_record_that_is_not_as_sealed_is_not_proved(run, tmp_path, tiles):
    trail = sealed_trail(tmp_path / "trail", tiles=tiles)
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    trail.files[day(2)].pop()
    rewrite(trail)
    assert run("audit", "prove", trail.folder, 7)[0] == 1
    assert run("audit", "prove", trail.folder, 14)[0] == 1
    (trail.folder / "seal" / "checkpoint").unlink()
    assert run("audit", "prove", trail.folder, 1)[0] == 1
