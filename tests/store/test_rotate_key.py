"""A person changes the trail's key: the change is on record, signed by both, and loses no key."""

from __future__ import annotations

import json

import keyring
import pytest

from console.config import UnusableFolder
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import parse_note
from console.store import audit_keys
from console.store.audit_keys import ENTRY, KEY_FILE, VARIABLE, AuditKeys, KeyUnavailable
from console.store.ledger import SqliteLedger
from console.store.outbox import Outbox
from console.store.pins import PinBook
from console.store.seal_files import SealFiles
from console.store.sealing import Sealing
from console.store.system_keyring import SERVICE
from console.store.trail_verify import Demands, Memory, TrailVerifier
from tests import naive_seal
from tests.fakes import ManualClock
from tests.store.test_ledger import a_job, stored, types
from tests.store.test_sealing import payload
from tests.store.test_secrets import Memory as Ring


class Killed(BaseException):
    """The process is no more."""


@pytest.fixture(params=["named", "config", "keyring"])
def kept(request, monkeypatch, tmp_path):
    """Where the keys of this account stand; makes a fresh `AuditKeys`, as a new process has."""
    ring = Ring()
    if request.param == "keyring":
        monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    environ = {VARIABLE: str(tmp_path / "named.key")} if request.param == "named" else {}
    return lambda data: AuditKeys(tmp_path / "config", data, environ, timeout_s=0.5)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def opened(data, kept):
    return SqliteLedger(data, ManualClock(), kept(data))


def vkeys(data):
    return (data / "audit/seal/vkey").read_text().splitlines()


def verified(data, tmp_path, **demands):
    memory = Memory(PinBook(tmp_path / "state"), data)
    return TrailVerifier(data, memory, Demands(**demands)).run()


def test_the_change_is_on_record_with_its_reason_and_signed_by_both(data, kept, tmp_path):
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    assert verified(data, tmp_path).intact
    [old] = vkeys(data)
    ledger.take_notices()
    assert ledger.rotate_key("laptop lost", "ana") == (
        "The audit trail is signed with another key from now on.",
    )
    new, before = vkeys(data)
    assert before == old
    told = payload(data, "AUDIT_KEY_CHANGED")
    assert told == {
        "from": old,
        "to": new,
        "signedByBoth": True,
        "reason": "laptop lost",
        "operator": "ana",
        "decidedAt": told["decidedAt"],
    }
    assert naive_seal.check(data / "audit").signers == 2
    stored(ledger, a_job(2))
    assert naive_seal.check(data / "audit").signers == 1
    report = verified(data, tmp_path)  # which knows the old key alone
    assert (str(report.verdict), report.key_trust) == ("intact", "pinned")
    assert report.checkpoint.key == new
    ledger.close()


def test_who_trusts_the_old_key_alone_follows_through_the_checkpoint_of_the_change(
    data, kept, tmp_path
):
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    [old] = vkeys(data)
    for number in range(2, 5):
        ledger.rotate_key(f"the {number}th", "ana")
        stored(ledger, a_job(number))
    assert verified(data, tmp_path, key=VerifierKey.from_text(old)).intact
    assert len(vkeys(data)) == 4
    for handover in (data / "audit/seal").glob("checkpoint.*"):
        assert len(parse_note(handover.read_bytes()).signatures) == 2
        handover.unlink()
    report = verified(data, tmp_path, key=VerifierKey.from_text(old))
    assert str(report.verdict) == "other-key"
    ledger.close()


def test_the_new_key_signs_on_in_every_other_process_and_after_a_restart(data, kept):
    ledger, other = opened(data, kept), opened(data, kept)
    stored(ledger, a_job(1))
    stored(other, a_job(2))
    ledger.rotate_key("why", "ana")
    stored(other, a_job(3))
    other.rotate_key("again", "bo")
    stored(ledger, a_job(4))
    ledger.close()
    other.close()
    third = opened(data, kept)
    stored(third, a_job(5))
    third.close()
    assert types(data).count("AUDIT_KEY_CHANGED") == 2
    assert len(vkeys(data)) == 3
    naive_seal.check(data / "audit")


def test_another_trail_of_the_account_goes_on_under_the_key_that_it_has(data, kept, tmp_path):
    (tmp_path / "second").mkdir()
    second = opened(tmp_path / "second", kept)
    stored(second, a_job(1))
    second.close()
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    ledger.rotate_key("why", "ana")
    ledger.close()
    second = opened(tmp_path / "second", kept)
    stored(second, a_job(2))
    assert types(tmp_path / "second").count("AUDIT_KEY_CHANGED") == 0
    second.rotate_key("here too", "ana")
    assert payload(tmp_path / "second", "AUDIT_KEY_CHANGED")["signedByBoth"] is True
    second.close()
    (tmp_path / "third").mkdir()
    third = opened(tmp_path / "third", kept)
    stored(third, a_job(1))  # a new trail never begins under a key that was given up
    third.close()
    keys_of = [
        {VerifierKey.from_text(line).public_key for line in vkeys(folder)}
        for folder in (data, tmp_path / "second", tmp_path / "third")
    ]
    assert keys_of[2] <= keys_of[0] | keys_of[1]
    assert VerifierKey.from_text(vkeys(tmp_path / "third")[0]).public_key not in {
        VerifierKey.from_text(vkeys(folder)[-1]).public_key
        for folder in (data, tmp_path / "second")
    }


def test_an_empty_trail_can_change_its_key_too(data, kept):
    ledger = opened(data, kept)
    ledger.rotate_key("before the first job", "ana")
    assert types(data) == ["AUDIT_FILE_OPENED", "AUDIT_KEY_CHANGED"]
    assert naive_seal.check(data / "audit").size == 2
    ledger.close()


STEPS = [
    (AuditKeys, "renew", "before"),
    (AuditKeys, "renew", "after"),
    (AuditKeys, "_put_file", "after"),
    (AuditKeys, "_put_entry", "after"),
    (Outbox, "forget", "after"),
    (SealFiles, "add_key", "before"),
    (SealFiles, "add_key", "after"),
    (SealFiles, "write_tile", "after"),
    (SealFiles, "write_checkpoint", "before"),
    (SealFiles, "write_checkpoint", "after"),
    (Sealing, "resumed", "before"),
    (AuditKeys, "promote", "before"),
    (AuditKeys, "promote", "after"),
    (SealFiles, "keep", "before"),
    (SealFiles, "keep", "after"),
]


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize(
    ("owner", "name", "when"), STEPS, ids=lambda part: getattr(part, "__name__", part)
)
def test_a_death_at_any_step_leaves_a_trail_that_verifies_and_a_key_that_signs(
    data, kept, tmp_path, owner, name, when, nth
):
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    [old] = vkeys(data)
    real, count = getattr(owner, name), 0

    def mortal(*args, **how):
        nonlocal count
        count += 1
        if count == nth and when == "before":
            raise Killed
        result = real(*args, **how)
        if count == nth:
            raise Killed
        return result

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, name, mortal)
        try:
            ledger.rotate_key("why", "ana")
            stored(ledger, a_job(2))
        except Killed:
            pass
    ledger.close()
    # As it lies there: nobody has repaired anything yet.
    report = verified(data, tmp_path, key=VerifierKey.from_text(old))
    assert report.intact, report.summary
    again = opened(data, kept)
    stored(again, a_job(3))
    stored(again, a_job(4))
    again.close()
    naive_seal.check(data / "audit")
    report = verified(data, tmp_path, key=VerifierKey.from_text(old))
    assert report.intact, report.summary
    changes = [
        json.loads(line)["payload"]
        for file in sorted((data / "audit").glob("*.jsonl"))
        for line in file.read_text().splitlines()
        if '"AUDIT_KEY_CHANGED"' in line
    ]
    assert len(changes) <= 1
    assert all(one["signedByBoth"] and one["reason"] == "why" for one in changes)
    assert len(vkeys(data)) == 1 + len(changes)


def test_a_disk_that_refuses_the_new_key_changes_nothing(data, kept, monkeypatch):
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    before = vkeys(data)

    def full(*_):
        raise UnusableFolder("audit.key cannot be written: the disk is full.")

    def refuses(*_):
        raise KeyUnavailable("The keyring is locked")

    monkeypatch.setattr(audit_keys, "write_private", full)
    monkeypatch.setattr(AuditKeys, "_put_entry", refuses)
    with pytest.raises(KeyUnavailable, match="A new key cannot be kept"):
        ledger.rotate_key("why", "ana")
    stored(ledger, a_job(2))
    assert vkeys(data) == before
    assert "AUDIT_KEY_CHANGED" not in types(data)
    ledger.close()


def test_a_new_key_that_cannot_be_made_that_of_new_trails_is_told_and_signs_all_the_same(
    data, kept, monkeypatch
):
    ledger = opened(data, kept)
    stored(ledger, a_job(1))
    real = ledger._keys.renew

    def then_full(present):
        seed = real(present)

        def full(*_):
            raise UnusableFolder("the disk is full.")

        def refuses(*_):
            raise KeyUnavailable("The keyring is locked")

        monkeypatch.setattr(audit_keys, "write_private", full)
        monkeypatch.setattr(AuditKeys, "_put_entry", refuses)
        return seed

    monkeypatch.setattr(ledger._keys, "renew", then_full)
    notices = ledger.rotate_key("why", "ana")
    assert "not yet that of new trails" in notices[-1]
    ledger.close()
    again = opened(data, kept)
    stored(again, a_job(2))
    again.close()
    assert len(vkeys(data)) == 2
    naive_seal.check(data / "audit")


def test_a_keyring_that_keeps_nothing_is_told_before_anything_is_signed(
    data, tmp_path, monkeypatch
):
    class Forgetful(Ring):
        def set_password(self, service, username, password):
            if username == ENTRY:
                super().set_password(service, username, password)

    monkeypatch.setattr(keyring, "get_keyring", Forgetful)
    ring = Forgetful()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    keys = AuditKeys(tmp_path / "config", data, {}, timeout_s=0.5)
    present = keys.choose(None).seed
    with pytest.raises(KeyUnavailable, match="did not keep the new key"):
        keys.renew(present)
    assert list(ring.kept) == [(SERVICE, ENTRY)]


def test_older_keys_stand_beside_the_present_one_for_this_account_alone(data, tmp_path):
    ledger = SqliteLedger(data, ManualClock(), AuditKeys(tmp_path / "config", data, {}))
    stored(ledger, a_job(1))
    ledger.rotate_key("why", "ana")
    ledger.close()
    names = sorted(path.name for path in (tmp_path / "config").iterdir())
    assert names[0] == KEY_FILE
    assert len(names) == 3
    for path in (tmp_path / "config").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
