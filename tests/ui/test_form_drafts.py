"""What was typed and not sent is there again after a crash, and nobody else can read it."""

from __future__ import annotations

import json
import stat

import pytest

from console.ui.forms.drafts import FILE, MAX_BYTES, MAX_DRAFTS, Draft, Drafts

FULL = Draft(
    {"customerId": "CUST-1", "n": 10**30}, "", 2, [["a", "b"], ["a", ""]], "why", "job-1", "J-7"
)


def test_a_draft_is_read_back_by_the_next_window(tmp_path):
    drafts = Drafts(tmp_path)
    drafts.put("wf_a", FULL)
    drafts.put("wf_b", Draft(json='{"half'))
    drafts.last = "wf_b"
    drafts.flush()
    again = Drafts(tmp_path)
    assert again.last == "wf_b"
    assert again.get("wf_a") == FULL
    assert again.get("wf_b") == Draft(json='{"half')
    assert again.get("wf_c") is None


def test_drafts_that_stand_on_disk_are_not_written_again(tmp_path):
    drafts = Drafts(tmp_path)
    drafts.put("wf_a", FULL)
    drafts.flush()
    first = (tmp_path / FILE).stat().st_ino
    drafts.flush()
    again = Drafts(tmp_path)
    again.flush()
    assert (tmp_path / FILE).stat().st_ino == first
    again.put("wf_a", None)
    again.flush()
    assert Drafts(tmp_path).get("wf_a") is None


def test_a_draft_that_is_done_with_is_forgotten(tmp_path):
    drafts = Drafts(tmp_path)
    drafts.put("wf_a", FULL)
    drafts.put("wf_a", None)
    drafts.flush()
    assert Drafts(tmp_path).get("wf_a") is None


def test_only_its_owner_can_read_the_drafts(tmp_path):
    drafts = Drafts(tmp_path)
    drafts.flush()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_half_a_character_does_not_break_the_file(tmp_path):
    drafts = Drafts(tmp_path)
    drafts.put("wf", Draft(reason="\ud83d"))
    drafts.flush()
    assert Drafts(tmp_path).get("wf") == Draft(reason="\ud83d")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[1]", b'{"last": 5, "drafts": []}', b"\xff\xfe", b"[" * 200_000,
        b'{"drafts": {"wf": 5}}', b'{"drafts": {"wf": {"unknown": 1}}}',
        b'{"drafts": {"wf": {"values": []}}}', b'{"drafts": {"wf": {"metadata": [["a"]]}}}',
        b'{"drafts": {"wf": {"metadata": {"a": "b"}}}}', b'{"drafts": {"wf": {"reason": null}}}',
        b'{"drafts": {"wf": {"priority": "x"}}}', b'{"drafts": {"wf": {"resend_of": 5}}}',
    ],
)  # fmt: skip
def test_a_file_that_holds_something_else_gives_an_empty_form(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    drafts = Drafts(tmp_path)
    assert drafts.get("wf") is None
    assert drafts.last == ""


def test_a_file_grown_beyond_reason_is_not_read(tmp_path):
    with (tmp_path / FILE).open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert Drafts(tmp_path).last == ""


def test_a_folder_that_cannot_be_written_is_told_and_tried_again(tmp_path):
    drafts = Drafts(tmp_path / "gone")
    drafts.put("wf", FULL)
    drafts.flush()
    assert drafts.problem.startswith("The draft cannot be kept")
    (tmp_path / "gone").mkdir()
    drafts.flush()
    assert drafts.problem == ""


def test_the_oldest_drafts_go_first(tmp_path):
    drafts = Drafts(tmp_path)
    for place in range(MAX_DRAFTS + 1):
        drafts.put(f"wf_{place}", FULL)
    drafts.flush()
    kept = json.loads((tmp_path / FILE).read_bytes())["drafts"]
    assert len(kept) == MAX_DRAFTS
    assert "wf_0" not in kept
