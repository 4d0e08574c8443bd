"""Connections on disk: private, whole or old, and checked by name."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from console.config import BadSetting, UnusableFolder
from console.domain.errors import BadInput, NotFound
from console.store.profiles import Profile, ProfileStore, checked_profile

STAGING = Profile("staging", "client-1", environment="staging", region="us-2")
NAMES = ["profiles.lock", "profiles.toml"]
PROD = Profile("prod", "client-2", region="eu-1", api_url="https://api.example")


@pytest.fixture
def store(tmp_path) -> ProfileStore:
    return ProfileStore(tmp_path / "data" / "profiles.toml")


def test_profiles_come_back_as_they_were_stored_in_order_of_name(store, tmp_path):
    store.add(STAGING)
    store.add(PROD)
    again = ProfileStore(tmp_path / "data" / "profiles.toml")
    assert again.all() == (PROD, STAGING)
    assert again.get("staging") == STAGING


def test_addresses_are_offered_from_the_region_and_can_be_others():
    assert STAGING.token_url == "https://us-2.auth.cxone.com/v1/oauth2/token"
    assert STAGING.api_url == "https://us-2.api.cxone.com"
    assert PROD.token_url == "https://eu-1.auth.cxone.com/v1/oauth2/token"
    assert PROD.api_url == "https://api.example"


def test_an_empty_folder_has_no_profiles(store):
    assert store.all() == ()
    assert store.last_used() is None
    with pytest.raises(NotFound, match="none yet"):
        store.get("prod")


def test_an_unknown_profile_is_refused_with_the_known_ones(store):
    store.add(STAGING)
    with pytest.raises(NotFound, match="staging"):
        store.get("prod")


def test_the_first_profile_counts_as_last_used_and_use_changes_that(store):
    store.add(STAGING)
    store.add(PROD)
    assert store.last_used() == STAGING
    store.use("prod")
    store.use("nobody")
    assert store.last_used() == PROD


def test_a_removed_profile_is_gone_and_no_longer_the_last_used(store):
    store.add(STAGING)
    store.add(PROD)
    store.remove("staging")
    assert store.all() == (PROD,)
    assert store.last_used() == PROD  # the only one left
    store.add(STAGING)
    store.use("staging")
    store.remove("prod")
    assert store.last_used() == STAGING
    with pytest.raises(NotFound):
        store.remove("prod")


def test_with_several_left_and_none_used_none_is_implied(store):
    for name in ("a", "b", "c"):
        store.add(Profile(name, "client", region="us-2"))
    store.remove("a")
    assert store.last_used() is None


def test_a_name_that_is_taken_is_refused_whatever_its_case(store):
    store.add(STAGING)
    for name in ("staging", "Staging"):
        with pytest.raises(BadInput) as caught:
            store.add(Profile(name, "client-9", region="us-2"))
        assert caught.value.field == "name"
        with pytest.raises(BadInput):
            store.check_free(name)
    assert store.all() == (STAGING,)


def test_a_replaced_profile_keeps_its_place_as_last_used(store):
    store.add(STAGING)
    store.add(PROD)
    renamed = Profile("test", "client-1", environment="staging", region="us-2")
    store.add(renamed, replaces="staging")
    assert store.all() == (PROD, renamed)
    assert store.last_used() == renamed
    changed = Profile("prod", "client-3", region="eu-1")
    store.add(changed, replaces="prod")
    assert store.get("prod") == changed


@pytest.mark.parametrize(
    ("profile", "field"),
    [
        (Profile("", "c", region="us-2"), "name"),
        (Profile("a b", "c", region="us-2"), "name"),
        (Profile("../x", "c", region="us-2"), "name"),
        (Profile(".x", "c", region="us-2"), "name"),
        (Profile("x" * 65, "c", region="us-2"), "name"),
        (Profile("ü", "c", region="us-2"), "name"),
        (Profile("p", "c", contract="studio", region="us-2"), "contract"),
        (Profile("p", "c", environment="live", region="us-2"), "environment"),
        (Profile("p", "c", region="us-2/evil"), "region"),
        (Profile("p", "c", region="US 2"), "region"),
        (Profile("p", " ", region="us-2"), "client_id"),
        (Profile("p", "a\nb", region="us-2"), "client_id"),
        (Profile("p", "c"), "token_url"),
        (Profile("p", "c", token_url="https://a.example"), "api_url"),
    ],
)
def test_what_cannot_be_a_profile_is_refused_by_its_field(store, profile, field):
    with pytest.raises(BadInput) as caught:
        store.add(profile)
    assert caught.value.field == field
    assert store.all() == ()


def test_the_other_contract_is_refused_in_a_plain_sentence():
    with pytest.raises(BadInput, match="This version speaks the contract workflow-api only"):
        checked_profile(Profile("p", "c", contract="studio", region="us-2"))


def test_file_and_folder_are_for_their_owner_alone(store, tmp_path):
    old = os.umask(0)
    try:
        store.add(STAGING)
    finally:
        os.umask(old)
    file = tmp_path / "data" / "profiles.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert sorted(entry.name for entry in file.parent.iterdir()) == NAMES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml", "not valid TOML"),
        ("profiles = 3", "must be tables"),
        ("[profiles]\np = 3", "must be a table"),
        ("[profiles.p]\nregion = 'us-2'", "client_id"),
        ("[profiles.p]\nclient_id = 'c'\nregion = 7", "region"),
        ("[profiles.p]\nclient_id = 'c'\nenvironment = 'Production'", "environment"),
    ],
)
def test_a_file_that_was_edited_wrongly_is_named_with_what_is_wrong(tmp_path, text, words):
    file = tmp_path / "profiles.toml"
    file.write_text(text)
    with pytest.raises(BadSetting, match=words) as caught:
        ProfileStore(file).all()
    assert "profiles.toml" in str(caught.value)


def test_a_last_used_that_names_nobody_is_as_none(tmp_path):
    file = tmp_path / "profiles.toml"
    file.write_text("last_used = 'x'\n[profiles.p]\nclient_id = 'c'\nnew_key = 1\n")
    last = ProfileStore(file).last_used()
    assert last is not None
    assert last.name == "p"


def test_processes_that_add_profiles_at_once_lose_none(tmp_path):
    names = [f"p{number}" for number in range(12)]
    together = Barrier(len(names))

    def add(name: str) -> None:
        store = ProfileStore(tmp_path / "profiles.toml")
        together.wait()
        store.add(Profile(name, "client", environment="staging", region="us-2"))
        store.use(name)

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(add, names))
    found = ProfileStore(tmp_path / "profiles.toml").all()
    assert {profile.name for profile in found} == set(names)


def test_a_write_that_fails_leaves_the_old_profiles(store, tmp_path, monkeypatch):
    store.add(STAGING)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("console.config.os.fsync", full)
    with pytest.raises(UnusableFolder, match="No space left"):
        store.add(PROD)
    assert store.all() == (STAGING,)
    assert sorted(entry.name for entry in (tmp_path / "data").iterdir()) == NAMES
