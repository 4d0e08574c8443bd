"""An instance as the tenant tells it, and what changed between two readings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.instance import FINAL_STATUSES, Difference, Instance, difference
from console.domain.payload import JOB_ID_KEY


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_three_statuses_are_an_end(status: str) -> None:
    assert Instance("i", status=status).ended
    assert status in FINAL_STATUSES


@pytest.mark.parametrize("status", ["running", "waiting", "", "Completed", "snoozing"])
def test_any_other_status_is_none(status: str) -> None:
    assert not Instance("i", status=status).ended


def test_an_instance_from_elsewhere_has_no_job() -> None:
    assert Instance("i").job_id is None
    assert Instance("i", metadata={JOB_ID_KEY: "job-1"}).job_id == "job-1"


def test_a_difference_names_what_is_new_changed_and_gone() -> None:
    before = {
        "same": Instance("same"),
        "moved": Instance("moved", status="running"),
        "gone": Instance("gone"),
    }
    after = [Instance("moved", status="completed"), Instance("same"), Instance("new")]
    found = difference(before, after)
    assert [item.instance_id for item in found.added] == ["new"]
    assert [item.status for item in found.changed] == ["completed"]
    assert found.gone == ("gone",)
    assert found


def test_nothing_new_is_no_difference() -> None:
    before = {"a": Instance("a")}
    assert not difference(before, [Instance("a")])
    assert difference(before, [Instance("a")]) == Difference((), (), ())


def test_of_two_entries_with_one_id_the_last_counts() -> None:
    found = difference({}, [Instance("a", status="running"), Instance("a", status="failed")])
    assert [item.status for item in found.added] == ["failed"]


instances = st.builds(
    Instance, st.sampled_from("abcd"), status=st.sampled_from(["running", "failed"])
)


@given(st.lists(instances), st.lists(instances))
def test_a_difference_applied_to_the_old_reading_gives_the_new(
    old: list[Instance], new: list[Instance]
) -> None:
    before = {item.instance_id: item for item in old}
    found = difference(before, new)
    after = {key: item for key, item in before.items() if key not in found.gone}
    after |= {item.instance_id: item for item in (*found.added, *found.changed)}
    assert after == {item.instance_id: item for item in new}
