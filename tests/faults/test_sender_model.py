"""Any faults, deaths, decisions and restarts in any order: nothing lost, nothing fired twice."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from console.domain.job import JobState, TriggerJob
from tests.faults.lasting_tenant import FATES, READ_ERRORS
from tests.faults.model import TARGET, WORKFLOWS, Model

SAMPLE_EXAMPLES: Final = 60
PROVED_EXAMPLES: Final = 3_000
SOME_FATES = st.lists(st.sampled_from(sorted(FATES)), min_size=1, max_size=4)
WORKFLOW = st.sampled_from(WORKFLOWS)
SECONDS = st.sampled_from([0.1, 1.0, 4.0, 5.0, 6.0, 16.0, 40.0, 700.0])


class SenderMachine(RuleBasedStateMachine):
    """One folder through everything that can happen to it."""

    seen: Bundle[TriggerJob] = Bundle("seen")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    def teardown(self) -> None:
        try:
            self.model.drain()
        finally:
            self.model.close()

    # -- people -------------------------------------------------------------------------------

    @initialize(target=seen, workflow=WORKFLOW, fates=SOME_FATES)
    def a_first_batch_is_queued(self, workflow: str, fates: list[str]) -> Any:
        return self.a_batch_meets_its_fates(workflow, fates)

    @rule(target=seen, workflow=WORKFLOW, fates=SOME_FATES)
    def a_batch_is_queued(self, workflow: str, fates: list[str]) -> Any:
        return self.a_batch_meets_its_fates(workflow, fates)

    def a_batch_meets_its_fates(self, workflow: str, fates: list[str]) -> Any:
        self.model.tenant.fates.extend(FATES[name] for name in fates)
        jobs = [self.model.queue(workflow, priority=n + 1) for n in range(len(fates))]
        return multiple(*(job for job in jobs if job is not None))

    @rule(target=seen, workflow=WORKFLOW, key=st.sampled_from(["k1", "k2"]))
    def a_script_asks_for_the_same_again(self, workflow: str, key: str) -> Any:
        return self.model.queue(workflow, key) or multiple()

    @rule(target=seen, job=consumes(seen))
    def somebody_looks_again(self, job: TriggerJob) -> Any:
        return self.model.ledger.job(job.job_id) or multiple()

    @rule(job=seen)
    def somebody_cancels(self, job: TriggerJob) -> None:
        self.model.does(lambda: self.model.operator.cancel(job))

    @rule(job=seen)
    def somebody_asks_to_send_now(self, job: TriggerJob) -> None:
        if job.state not in (JobState.FAILED, JobState.CANCELLED):
            self.model.does(lambda: self.model.operator.retry(job))

    @rule(job=seen)
    def somebody_gives_up(self, job: TriggerJob) -> None:
        self.model.does(lambda: self.model.operator.resolve_failed(job))

    @rule(job=seen)
    def somebody_finds_the_instance(self, job: TriggerJob) -> None:
        for instance_id in self.model.tenant.of(job.job_id)[:1]:
            self.model.does(lambda: self.model.operator.resolve_accepted(job, instance_id))  # noqa: B023

    @rule(job=seen)
    def somebody_sends_again(self, job: TriggerJob) -> None:
        again = self.model.does(lambda: self.model.operator.resolve_send_again(job))
        kept = self.model.ledger.job(job.job_id)
        # A process that died may have stored the decision without saying so.
        if isinstance(again, TriggerJob) or (kept and kept.reason_code == "send-again"):
            count = self.model.sent_again
            count[job.job_id] = count.get(job.job_id, 0) + 1

    @rule(seconds=SECONDS)
    def somebody_pauses_for_a_while(self, seconds: float) -> None:
        self.model.does(lambda: self.model.operator.pause("lunch"))
        self.model.passes(seconds)
        self.model.does(self.model.operator.resume)

    @rule()
    def somebody_tests_the_connection(self) -> None:
        self.model.does(lambda: self.model.sender.probe(TARGET.profile))

    @rule()
    def the_window_reads_the_instances(self) -> None:
        self.model.does(self.model.poller.read)

    # -- the world ----------------------------------------------------------------------------

    @rule(errors=st.lists(st.sampled_from(sorted(READ_ERRORS)), min_size=1, max_size=3))
    def lists_cannot_be_read(self, errors: list[str]) -> None:
        self.model.tenant.read_errors.extend(READ_ERRORS[name]() for name in errors)

    @rule(count=st.integers(1, 3))
    def lists_are_not_complete(self, count: int) -> None:
        self.model.tenant.incomplete = count

    @rule(where=st.sampled_from(["full", "trail_full"]), seconds=SECONDS)
    def the_disk_is_full_for_a_while(self, where: str, seconds: float) -> None:
        setattr(self.model.ledger, where, True)
        self.model.passes(seconds)
        setattr(self.model.ledger, where, False)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.model.passes(seconds)

    @rule(seconds=SECONDS)
    def more_time_passes(self, seconds: float) -> None:
        self.model.passes(seconds)

    @rule(turns=st.integers(1, 40))
    def a_moment_passes(self, turns: int) -> None:
        self.model.steps(turns)

    @rule(seconds=st.sampled_from([-3600.0, -30.0, 30.0, 3600.0]))
    def the_clock_is_set(self, seconds: float) -> None:
        self.model.clock.jump(seconds)

    @rule(points=st.integers(1, 12))
    def the_process_will_die_at_a_boundary(self, points: int) -> None:
        self.model.ledger.death.plan(points)

    @rule()
    def the_process_dies_here(self) -> None:
        self.model.dies()

    @rule()
    def the_process_is_ended(self) -> None:
        self.model.ends()

    @invariant()
    def the_promises_hold(self) -> None:
        self.model.check()


def test_whatever_happens_nothing_is_lost_and_nothing_is_fired_twice(proving: bool) -> None:
    examples = PROVED_EXAMPLES if proving else SAMPLE_EXAMPLES
    run_state_machine_as_test(
        SenderMachine,
        settings=settings(
            settings.get_profile("prove" if proving else "sample"),
            max_examples=examples,
            stateful_step_count=60 if proving else 40,
        ),
    )
