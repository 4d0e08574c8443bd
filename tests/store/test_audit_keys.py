"""The trail's signing key: in a keyring, else in a file that is apart from the data, never lost twice."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import keyring
import pytest

from console.domain.tlog.keys import SigningKey
from console.logs import redact
from console.store.audit_keys import ENTRY, KEY_FILE, VARIABLE, AuditKeys, KeyUnavailable
from console.store.ledger import SqliteLedger
from console.store.system_keyring import SERVICE
from tests import naive_seal
from tests.fakes import ManualClock
from tests.store.test_ledger import a_job, stored, types
from tests.store.test_sealing import payload
from tests.store.test_secrets import Memory, backend_from


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Memory:
    backend = Memory()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return backend


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def keys(config: Path, data: Path, **environ: str) -> AuditKeys:
    return AuditKeys(config, data, environ, timeout_s=0.2)


def public(seed: bytes) -> bytes:
    return SigningKey("any", seed).verifier.public_key


def test_the_key_is_made_on_first_use_and_kept_in_the_keyring(ring, config, data):
    chosen = keys(config, data).choose(None)
    assert chosen.warning == ""
    kept = SigningKey.from_text(ring.kept[SERVICE, ENTRY])
    assert kept.seed == chosen.seed
    assert keys(config, data).choose(None).seed == chosen.seed
    assert not config.exists()
    assert ring.kept[SERVICE, ENTRY] not in redact(f"x {ring.kept[SERVICE, ENTRY]} y")
    assert repr(chosen.seed) not in repr(chosen)


def test_the_keyring_is_asked_once_a_session(ring, config, data):
    ours = keys(config, data)
    seed = ours.choose(None).seed
    asked = ring.questions
    assert ours.choose(public(seed)).seed == seed
    assert ring.questions == asked


def test_without_a_keyring_the_key_stands_in_a_file_for_this_account_and_that_is_said_once(
    config, data
):
    chosen = keys(config, data).choose(None)
    file = config / KEY_FILE
    assert str(file) in chosen.warning
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in config.iterdir()] == [KEY_FILE]
    again = keys(config, data).choose(None)
    assert (again.seed, again.warning) == (chosen.seed, "")


def test_a_keyring_in_the_clear_is_not_used(monkeypatch, config, data):
    plain = backend_from("keyrings.alt.file")
    monkeypatch.setattr(keyring, "get_keyring", lambda: plain)
    assert keys(config, data).choose(None).warning
    assert plain.kept == {}


def test_the_variable_names_another_file_and_the_keyring_is_left_alone(ring, config, data):
    file = data.parent / "elsewhere" / "trail.key"
    chosen = keys(config, data, **{VARIABLE: str(file)}).choose(None)
    assert SigningKey.from_text(file.read_text().strip()).seed == chosen.seed
    assert (chosen.warning, ring.questions) == ("", 0)


@pytest.mark.parametrize("place", ["named", "config"])
def test_a_key_is_never_made_in_the_data_folder(data, place):
    named = {VARIABLE: str(data / "sub" / "key")} if place == "named" else {}
    with pytest.raises(KeyUnavailable, match="must not stand in the data folder"):
        keys(data / "config", data, **named).choose(None)
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("spoiled", ["readable", "garbage", "folder", "link"])
def test_a_key_file_that_cannot_be_trusted_is_named_and_not_replaced(config, data, spoiled):
    seed = keys(config, data).choose(None).seed
    file = config / KEY_FILE
    if spoiled == "readable":
        file.chmod(0o640)
    elif spoiled == "garbage":
        file.write_text("PRIVATE+KEY+x\n")
    elif spoiled == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.rename(config / "real")
        file.symlink_to(config / "real")
    with pytest.raises(KeyUnavailable, match=KEY_FILE) as caught:
        keys(config, data).choose(None)
    assert seed.hex() not in str(caught.value)


def test_a_keyring_that_is_locked_is_waited_for_and_no_other_key_takes_its_place(
    ring, config, data, monkeypatch
):
    never = threading.Event()
    monkeypatch.setattr(ring, "get_password", lambda *_: never.wait())
    with pytest.raises(KeyUnavailable, match=f"may be locked.*{VARIABLE}"):
        keys(config, data).choose(None)
    never.set()
    assert not config.exists()


def test_a_keyring_that_keeps_nothing_is_told(ring, config, data, monkeypatch):
    monkeypatch.setattr(ring, "set_password", lambda *_: None)
    with pytest.raises(KeyUnavailable, match="did not keep"):
        keys(config, data).choose(None)


def test_the_key_that_signed_last_goes_on_whichever_others_there_are(ring, config, data):
    in_file = keys(config, data)
    in_file._keyring._backends = []  # as where there is none
    ring_seed = keys(config, data).choose(None).seed
    other = SigningKey("cxone-audit", bytes(range(32)))
    config.mkdir()
    (config / KEY_FILE).write_text(f"{other.text}\n")
    (config / KEY_FILE).chmod(0o600)
    assert keys(config, data).choose(public(other.seed)).seed == other.seed
    assert keys(config, data).choose(public(ring_seed)).seed == ring_seed
    assert keys(config, data).find(public(other.seed)) == other.seed
    assert keys(config, data).find(public(ring_seed)) == ring_seed
    assert keys(config, data).find(b"nobody's") is None


def test_of_two_processes_that_make_the_first_file_at_once_both_use_the_one_that_stayed(
    config, data, monkeypatch
):
    first = keys(config, data).choose(None).seed
    second = keys(config, data)
    monkeypatch.setattr(second, "_from_file", _once_missing(second._from_file))
    assert second.choose(None).seed == first


def _once_missing(real):
    asked = []

    def read(path):
        asked.append(path)
        return None if len(asked) == 1 else real(path)

    return read


def test_a_folder_in_which_no_key_can_be_made_is_told(data, tmp_path):
    (tmp_path / "config").write_text("a file")
    with pytest.raises(KeyUnavailable, match="cannot be"):
        keys(tmp_path / "config", data).choose(None)


def test_cryptography_is_not_loaded_before_something_is_signed():
    code = (
        "import sys; import console.app.folder, console.store.sealing, console.cli.audit;"
        " print([name for name in ('cryptography', 'keyring') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# -- what a change of keys does to a trail -----------------------------------------------------


def ledger_with(data: Path, config: Path, **environ: str) -> SqliteLedger:
    return SqliteLedger(data, ManualClock(), keys(config, data, **environ))


def test_a_lost_key_is_replaced_and_the_record_says_that_the_old_one_did_not_sign(config, data):
    before = ledger_with(data, config)
    stored(before, a_job(1))
    origin = naive_seal.check(data / "audit").origin
    (config / KEY_FILE).unlink()
    after = ledger_with(data, config)
    warning, changed = after.settle()
    assert "no keyring" in warning
    assert "not at hand" in changed
    told = payload(data, "AUDIT_KEY_CHANGED")
    assert told["signedByBoth"] is False
    newest, oldest = (data / "audit" / "seal" / "vkey").read_text().splitlines()
    assert (told["to"], told["from"]) == (newest, oldest)
    sealed = naive_seal.check(data / "audit")
    assert (sealed.origin, sealed.size, sealed.signers) == (origin, 3, 1)
    stored(after, a_job(2))
    assert types(data).count("AUDIT_KEY_CHANGED") == 1
    before.close()
    after.close()


def test_a_key_that_is_replaced_on_purpose_signs_the_change_together_with_the_new_one(
    config, data, tmp_path
):
    before = ledger_with(data, config)
    stored(before, a_job(1))
    named = {VARIABLE: str(tmp_path / "new.key")}
    after = ledger_with(data, config, **named)
    after.settle()
    assert payload(data, "AUDIT_KEY_CHANGED")["signedByBoth"] is True
    assert naive_seal.check(data / "audit").signers == 2
    stored(after, a_job(2))
    assert naive_seal.check(data / "audit").signers == 1
    assert ledger_with(data, config, **named).settle() == ()
    before.close()
    after.close()


def test_killed_between_the_record_of_a_new_key_and_its_seal_the_change_is_recorded_once(
    config, data, tmp_path, monkeypatch
):
    from console.store.seal import Seal

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    before = ledger_with(data, config)
    stored(before, a_job(1))
    named = {VARIABLE: str(tmp_path / "new.key")}
    dying = ledger_with(data, config, **named)
    with monkeypatch.context() as patch:
        patch.setattr(Seal, "extend", killed)
        with pytest.raises(KeyboardInterrupt):
            dying.settle()
    dying._trail_lock.release()
    after = ledger_with(data, config, **named)
    after.settle()
    assert types(data).count("AUDIT_KEY_CHANGED") == 1
    sealed = naive_seal.check(data / "audit")
    assert (sealed.size, sealed.signers) == (3, 2)
    for one in (before, dying, after):
        one.close()


def test_while_the_key_cannot_be_had_nothing_new_is_taken_and_nothing_is_lost(
    ring, config, data, monkeypatch
):
    from console.domain.errors import EnvironmentProblem
    from console.services import outcomes
    from console.services.ports import RecordDraft, TrailBehind, Write

    never = threading.Event()
    ledger = ledger_with(data, config)
    with monkeypatch.context() as patch:
        patch.setattr(ring, "get_password", lambda *_: never.wait())
        paused = Write(records=(RecordDraft("QUEUE_PAUSED", {}),), values={"pause": "now"})
        with pytest.raises(TrailBehind, match="key of the audit trail") as caught:
            ledger.commit([outcomes.new_job(a_job(1)), paused])
        assert isinstance(caught.value.results[0], EnvironmentProblem)
        with pytest.raises(EnvironmentProblem, match=r"may be locked|still does not answer"):
            ledger.settle()
        never.set()
    assert ledger.job(a_job(1).job_id) is None
    assert ledger.value("pause") == "now"
    stored(ledger, a_job(2))
    assert types(data) == ["AUDIT_FILE_OPENED", "QUEUE_PAUSED", "TRIGGER_QUEUED"]
    assert naive_seal.check(data / "audit").size == 3
    ledger.close()


def test_no_file_of_the_data_folder_holds_the_private_key(config, data):
    ledger = ledger_with(data, config)
    stored(ledger, a_job(1))
    stored(ledger, a_job(2))
    ledger.close()
    secret = (config / KEY_FILE).read_bytes().strip()
    for root, _, names in os.walk(data):
        for name in names:
            assert secret not in (Path(root) / name).read_bytes()
