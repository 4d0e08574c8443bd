"""A trigger's payload is frozen, checked, and sent as the tutorial specifies it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import BadInput
from console.domain.payload import (
    JOB_ID_KEY,
    SEAL_KEY,
    TriggerPayload,
    checked_metadata,
    checked_priority,
)
from console.domain.values import parse_json
from console.domain.wire_json import to_text

WORKFLOW = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
CONTEXT = {
    "customerId": "CUST-99887",
    "priorityScore": 85,
    "requiresCallback": True,
    "routingMetadata": {"channel": "voice", "queue": "sales"},
}
METADATA = {"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def example(**changes):
    return TriggerPayload(
        **{
            "workflow_id": WORKFLOW,
            "context": CONTEXT,
            "priority": 2,
            "metadata": METADATA,
            **changes,
        }
    )


def test_the_tutorials_example_is_sent_with_the_specified_body_and_our_job_id():
    assert example().body("job-1") == {
        "workflowId": WORKFLOW,
        "priority": 2,
        "context": CONTEXT,
        "metadata": {**METADATA, JOB_ID_KEY: "job-1"},
    }


def test_the_trails_seal_travels_along_only_where_it_was_asked_for():
    assert SEAL_KEY not in example().body("job-1")["metadata"]
    assert example().body("job-1", "12:abc")["metadata"][SEAL_KEY] == "12:abc"


@pytest.mark.parametrize("key", [JOB_ID_KEY, SEAL_KEY])
def test_nobody_can_pass_a_job_id_of_their_own(key):
    with pytest.raises(BadInput, match="set by the console") as refused:
        example(metadata={key: "x"})
    assert refused.value.field == f"metadata.{key}"


@pytest.mark.parametrize("priority", [0, 11, -1, True, 2.0, "2", None])
def test_a_priority_is_a_whole_number_from_1_to_10(priority):
    with pytest.raises(BadInput, match="Priority") as refused:
        checked_priority(priority)
    assert refused.value.field == "priority"


@pytest.mark.parametrize("priority", [1, 10])
def test_both_ends_of_the_priority_are_allowed(priority):
    assert checked_priority(priority) == priority


@pytest.mark.parametrize(
    "metadata", [{"a": 1}, {1: "a"}, {"": "x"}, {"a": "\ud800"}, {"\udfff": "a"}]
)
def test_metadata_is_text_under_a_name(metadata):
    with pytest.raises(BadInput) as refused:
        checked_metadata(metadata)
    assert refused.value.field.startswith("metadata")


@pytest.mark.parametrize("workflow_id", ["", " ", "wf ", "\twf", "wf\ud800"])
def test_a_workflow_needs_an_id_that_can_be_sent(workflow_id):
    with pytest.raises(BadInput):
        example(workflow_id=workflow_id)


@pytest.mark.parametrize(
    "context", [{"": 1}, {"a": float("inf")}, {"a": ["\ud800"]}, {"a": {2: 1}}]
)
def test_values_that_json_cannot_carry_never_become_a_payload(context):
    with pytest.raises(BadInput) as refused:
        example(context=context)
    assert refused.value.field == "context"


def test_a_payload_cannot_be_changed_after_the_review():
    payload = example()
    with pytest.raises(FrozenInstanceError):
        payload.priority = 1
    with pytest.raises(TypeError):
        payload.context["customerId"] = "CUST-00000"
    with pytest.raises(TypeError):
        payload.metadata["batchId"] = "other"


def test_what_the_caller_does_to_its_own_mapping_later_is_not_sent():
    context = {"customerId": "CUST-1"}
    payload = TriggerPayload("wf", context)
    context["customerId"] = "CUST-2"
    assert payload.context["customerId"] == "CUST-1"


def test_the_digest_is_the_salted_hash_of_the_body_without_our_keys():
    salt = b"0123456789abcdef"
    body = {"workflowId": WORKFLOW, "priority": 2, "context": CONTEXT, "metadata": METADATA}
    text = json.dumps(body, sort_keys=True)
    assert example().digest(salt) == hashlib.sha256(salt + text.encode()).hexdigest()


def test_the_same_values_under_another_salt_have_another_digest():
    assert example().digest(b"a" * 16) != example().digest(b"b" * 16)


@given(
    st.dictionaries(
        TEXT.filter(bool), TEXT | st.integers() | st.booleans() | st.none(), max_size=5
    ),
    st.dictionaries(
        TEXT.filter(bool).filter(lambda k: k not in {JOB_ID_KEY, SEAL_KEY}), TEXT, max_size=3
    ),
    st.integers(1, 10),
)
def test_a_stored_payload_is_read_back_as_it_was(context, metadata, priority):
    payload = TriggerPayload("wf_1", context, priority, metadata)
    again = TriggerPayload.from_json(payload.to_json())
    assert again == payload
    assert again.digest(b"s") == payload.digest(b"s")


def test_numbers_are_kept_and_sent_as_they_were_typed():
    text = '{"a": 1.10, "b": [1e400, -0, 0.12345678901234567890]}'
    context = parse_json(text)
    assert isinstance(context, dict)
    payload = TriggerPayload("wf", context)
    assert text in payload.to_json()
    again = TriggerPayload.from_json(payload.to_json())
    assert again.to_json() == payload.to_json()
    assert text in to_text(again.body("job"))


def test_a_number_in_two_spellings_asks_the_same_and_digests_the_same():
    salt = b"0" * 16
    one, other = (TriggerPayload("wf", {"a": parse_json(t)}) for t in ("1.10", "1.1"))
    assert one.content_hash() == other.content_hash()
    assert one.digest(salt) == other.digest(salt)
    far = [TriggerPayload("wf", {"a": parse_json(t)}).digest(salt) for t in ("1e400", "1e401")]
    assert far[0] != far[1]
