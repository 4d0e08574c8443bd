"""A file becomes jobs: every row judged as a trigger is, repeats named, all or none queued."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.csv_table import read_table
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.job import JobState
from console.domain.workflow import Workflow
from console.services.batch import Batches, BatchRequest, Repeated
from console.services.events import JobsReloaded
from console.services.operator import Operator, Target
from console.services.ports import Write
from tests.fakes import START, FixedDefinitions, World
from tests.services.desk import TARGET

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "customerId": {"type": "string", "minLength": 3},
        "score": {"type": "integer", "maximum": 100},
    },
    "required": ["customerId", "score"],
}
GOOD = "customerId,score\nCUST-1,1\nCUST-2,2\n"


class Office(World):
    """An operator with a workflow that has a form, and one that has none."""

    def __init__(self, workflow: Workflow | None = None) -> None:
        super().__init__()
        known = workflow or Workflow("wf", "Callback", schema=SCHEMA, priority=4)
        definitions = FixedDefinitions([known])
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=definitions,
            clock=self.clock,
            ids=self.ids,
        )
        self.batches = Batches(
            self.operator, self.ledger, self.journal, definitions, self.clock, self.ids
        )

    async def queue(self, request: BatchRequest, target: Target = TARGET) -> str:
        judged = self.batches.judge(request)
        assert judged.errors == ()
        return (await self.batches.queue(request, judged, target)).batch


@pytest.fixture
def office() -> Office:
    return Office()


def asked(text: str = GOOD, digest: str = "d", **more: Any) -> BatchRequest:
    values = {"workflow_id": "wf", "digest": digest, "file_name": "today.csv", **more}
    return BatchRequest(table=read_table(text.encode("utf-8")), **values)


async def test_each_row_becomes_a_job_of_the_batch_in_the_order_of_the_file(office: Office) -> None:
    batch = await office.queue(asked(reason=" ticket 4711 ", metadata={"a": "b"}))
    jobs = list(office.ledger.rows.values())
    assert [(job.batch, job.batch_row, job.state) for job in jobs] == [
        (batch, 1, JobState.QUEUED),
        (batch, 2, JobState.QUEUED),
    ]
    assert [dict(job.payload.context) for job in jobs] == [
        {"customerId": "CUST-1", "score": 1},
        {"customerId": "CUST-2", "score": 2},
    ]
    assert {(job.priority, job.operator_reason, job.workflow_title) for job in jobs} == {
        (4, "ticket 4711", "Callback")
    }
    assert [draft.payload["batchRow"] for draft in office.ledger.trail] == [1, 2]
    assert office.ledger.commits == 1
    assert office.told.count(JobsReloaded()) == 1


async def test_rows_are_judged_by_the_definition_and_every_error_is_told(office: Office) -> None:
    judged = office.batches.judge(
        asked("customerId,score\nCUST-1,1\nCU,101\nCUST-3,\nCUST-4,many\nCUST-5\n")
    )
    assert judged.payloads == ()
    assert [(error.row, error.column) for error in judged.errors] == [
        (2, "customerId"),
        (2, "score"),
        (3, "score"),
        (4, "score"),
        (5, ""),
    ]


async def test_a_value_that_cannot_be_read_is_not_told_as_missing_too(office: Office) -> None:
    (error,) = office.batches.judge(asked("customerId,score\nCUST-1,3.7\n")).errors
    assert "whole number" in error.message


async def test_without_a_definition_the_columns_say_their_types(office: Office) -> None:
    request = asked("a:integer,b:object\n5,{}\n", workflow_id="unknown")
    await office.queue(request)
    (job,) = office.ledger.rows.values()
    assert (dict(job.payload.context), job.workflow_title) == ({"a": 5, "b": {}}, "unknown")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"priority": 11}, "priority"),
        ({"metadata": {"consoleJobId": "x"}}, "metadata.consoleJobId"),
        ({"reason": "half \ud800"}, "reason"),
        ({"workflow_id": " wf"}, "workflowId"),
    ],
)
async def test_what_is_wrong_with_the_request_itself_is_no_error_of_a_row(
    office: Office, more: dict[str, Any], field: str
) -> None:
    text = "customerId:string,score:integer\nCUST-1,1\n"
    with pytest.raises(BadInput) as refused:
        office.batches.judge(asked(text, **more))
    assert refused.value.field == field


async def test_a_workflow_that_needs_a_reason_needs_it_for_a_batch() -> None:
    office = Office(Workflow("wf", "Refund", schema=SCHEMA, reason_required=True))
    with pytest.raises(BadInput, match="needs a reason"):
        office.batches.judge(asked())
    assert office.batches.judge(asked(reason="goodwill")).errors == ()


async def test_a_batch_for_a_workflow_with_approval_awaits_it_row_by_row() -> None:
    office = Office(Workflow("wf", "Refund", schema=SCHEMA, approval_required=True))
    await office.queue(asked())
    assert all(job.awaits_approval for job in office.ledger.rows.values())


async def test_the_same_file_again_needs_a_yes_and_names_the_first_time(office: Office) -> None:
    batch = await office.queue(asked())
    await office.clock.advance(48 * 3600)  # long after its rows are no repeats any more
    with pytest.raises(Repeated) as refused:
        await office.queue(asked(file_name="renamed.csv"))
    repeats = refused.value.repeats
    assert repeats.rows == ()
    assert repeats.file is not None
    assert (repeats.file.at, repeats.file.name, repeats.file.batch) == (START, "today.csv", batch)
    assert len(office.ledger.rows) == 2
    await office.queue(asked(again=True))
    assert len(office.ledger.rows) == 4


async def test_rows_are_repeats_for_a_day_and_no_longer(office: Office) -> None:
    await office.queue(asked(digest="first"))
    other = asked("customerId,score\nCUST-9,9\nCUST-2,2\n", digest="second")
    await office.clock.advance(24 * 3600 - 1)
    with pytest.raises(Repeated) as refused:
        await office.queue(other)
    (repeat,) = refused.value.repeats.rows
    assert (repeat.row, repeat.same_as_row) == (2, None)
    assert repeat.job is not None
    assert (repeat.job.label, repeat.job.queued_at) == ("J-2", START)
    await office.clock.advance(2)
    await office.queue(other)
    assert len(office.ledger.rows) == 4


async def test_a_row_repeats_whatever_its_priority_but_not_in_another_profile(
    office: Office,
) -> None:
    await office.queue(asked(digest="first", priority=1))
    with pytest.raises(Repeated):
        await office.queue(asked(digest="second", priority=9))
    await office.queue(asked(digest="third"), Target("south", "print"))
    assert len(office.ledger.rows) == 4


async def test_rows_of_one_file_that_ask_for_the_same_are_named_with_the_first_of_them(
    office: Office,
) -> None:
    text = "customerId,score\nCUST-1,1\nCUST-2,2\nCUST-1,1\nCUST-1,1\n"
    with pytest.raises(Repeated) as refused:
        await office.queue(asked(text))
    assert [(item.row, item.same_as_row) for item in refused.value.repeats.rows] == [(3, 1), (4, 1)]
    assert office.ledger.rows == {}


async def test_a_file_that_another_process_queues_at_the_same_moment_is_queued_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = office.ledger.commit
    other = Office()
    batch = await other.queue(asked())

    def overtaken(writes: list[Write]) -> Any:
        office.ledger.values.update(other.ledger.values)
        return commit(writes)

    monkeypatch.setattr(office.ledger, "commit", overtaken)
    with pytest.raises(Repeated) as refused:
        await office.queue(asked())
    assert refused.value.repeats.file is not None
    assert refused.value.repeats.file.batch == batch
    assert office.ledger.rows == {}


async def test_a_refusal_of_another_kind_is_told_as_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.queue(asked())
    ids = iter(office.ledger.rows)
    monkeypatch.setattr(office.ids, "job_id", lambda: next(ids, "00000000-0000-4000-8000-1"))
    with pytest.raises(Exception, match="exists already"):
        await office.queue(asked("customerId,score\nCUST-7,7\n", digest="other"))


async def test_a_disk_that_is_full_queues_nothing(office: Office) -> None:
    office.ledger.full = True
    with pytest.raises(EnvironmentProblem, match="full"):
        await office.queue(asked())
    office.ledger.full = False
    assert (office.ledger.rows, office.ledger.values) == ({}, {})
    await office.queue(asked())
    assert len(office.ledger.rows) == 2
