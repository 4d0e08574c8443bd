from dataclasses import replace
from datetime import timedelta

import pytest

from console.domain.job import JobState
from console.domain.lane import Lane
from console.services import events
from console.services.commands import TriggerRequest
from console.services.ports import JobFilter
from console.ui.bridge import Bridge
from tests.ui.fake_commands import NOON, FakeCommands


def told(bridge, commands, event):
    """What the bridge's signals said about `event`, as (signal, args)."""
    heard = []
    for name in (
        "job_changed",
        "jobs_reloaded",
        "submitted",
        "submit_refused",
        "command_refused",
        "lane_changed",
        "token_changed",
        "instances_read",
        "instances_unread",
        "trail_grew",
        "trail_anchored",
        "sender_changed",
        "job_answered",
        "jobs_waited",
        "notice",
    ):
        getattr(bridge, name).connect(lambda *args, name=name: heard.append((name, args)))
    commands.tell(event)
    return heard


REFUSED = events.SubmitRefused("r", "no")
READ = events.InstancesRead((), {}, NOON)
UNREAD = events.InstancesUnread("no answer", NOON)
NOTICE = events.Notice("error", "disk full")
WAITED = events.JobsWaited(5, 7200.0)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (events.JobsReloaded(), ("jobs_reloaded", ())),
        (REFUSED, ("submit_refused", (REFUSED,))),
        (events.CommandRefused("moved on"), ("command_refused", ("moved on",))),
        (events.LaneChanged(Lane("p")), ("lane_changed", (Lane("p"),))),
        (events.TokenChanged(NOON), ("token_changed", (NOON,))),
        (events.TokenChanged(None), ("token_changed", (None,))),
        (READ, ("instances_read", (READ,))),
        (UNREAD, ("instances_unread", (UNREAD,))),
        (events.TrailGrew(7), ("trail_grew", (7,))),
        (events.TrailGrew(None), ("trail_grew", (None,))),
        (events.TrailAnchored(None, 1), ("trail_anchored", (events.TrailAnchored(None, 1),))),
        (events.SenderChanged(False), ("sender_changed", (False,))),
        (WAITED, ("jobs_waited", (WAITED,))),
        (NOTICE, ("notice", (NOTICE,))),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, tuple) else value[0],
)
def test_each_event_of_the_services_is_told_once_by_one_signal(bridge, commands, event, expected):
    assert told(bridge, commands, event) == [expected]


def test_a_changed_job_and_a_submitted_one_reach_the_window(bridge, commands):
    job = commands.new_job()
    assert told(bridge, commands, events.JobChanged(job)) == [("job_changed", (job,))]
    answer = events.Submitted("r", job)
    assert told(bridge, commands, answer)[-1] == ("submitted", (answer,))


def test_a_submitted_trigger_is_answered_over_the_signal(bridge, qtbot):
    with qtbot.waitSignal(bridge.submitted) as answer:
        bridge.submit(TriggerRequest("r-1", "wf_callback", {"customerId": "CUST-99887"}))
    assert answer.args[0].job.state is JobState.QUEUED


def test_pressing_twice_makes_one_job(bridge):
    request = TriggerRequest("r-1", "wf_callback", {"customerId": "CUST-99887"})
    bridge.submit(request)
    bridge.submit(request)
    assert bridge.count_jobs(JobFilter()) == 1


def test_a_decision_on_a_state_that_has_passed_is_refused_in_words(bridge, commands, qtbot):
    seen = commands.new_job()
    commands.move(seen, JobState.SENDING)
    with qtbot.waitSignal(bridge.command_refused) as refusal:
        bridge.cancel(seen, "not needed")
    assert refusal.args == ["J-1 is now sending; look at it again and decide anew."]


def test_every_decision_goes_through_to_the_job(bridge, commands):
    bridge.cancel(commands.new_job(), "not needed")
    waiting = commands.put(commands.new_job().evolve(until=NOON + timedelta(minutes=1)))
    bridge.retry_now(waiting)
    reviews = [commands.new_job() for _ in range(3)]
    reviews = [commands.move(commands.move(j, JobState.SENDING), JobState.REVIEW) for j in reviews]
    bridge.resolve_accepted(reviews[0], "inst-1", "seen in CXone")
    bridge.resolve_failed(reviews[1], "given up")
    bridge.resolve_send_again(reviews[2], "not there")
    assert [job.state.value for job in commands.jobs_now()] == [
        "cancelled",
        "queued",
        "accepted",
        "failed",
        "queued",
    ]
    assert commands.job(waiting.job_id).until is None


def test_pausing_and_resuming_shows_in_the_lane(bridge):
    bridge.pause("shift change")
    assert bridge.lane().pause.reason == "shift change"
    bridge.resume()
    assert bridge.lane().pause is None
    bridge.probe()
    bridge.set_polling(3.0, paused=False, visible=True)


def test_without_a_connection_reads_are_empty_and_commands_say_so(tmp_path, qtbot):
    bridge = Bridge(None, tmp_path)
    assert not bridge.connected
    assert bridge.connection() is None
    assert bridge.lane() is None
    assert bridge.workflows() == ()
    assert bridge.workflow_title("wf_x") == "wf_x"
    assert bridge.jobs(JobFilter(), 0, 10) == []
    assert bridge.count_jobs(JobFilter()) == 0
    assert bridge.counts_by_state() == {}
    assert bridge.job("x") is None
    assert bridge.history("x") == []
    assert bridge.figures() == []
    assert bridge.now().tzinfo is not None
    job = FakeCommands().new_job(reason="Paused")
    assert bridge.explain(job).text == "Paused"
    bridge.set_polling(3.0, paused=True, visible=True)
    with qtbot.waitSignal(bridge.submit_refused) as refusal:
        bridge.submit(TriggerRequest("r", "wf_callback", {}))
    assert refusal.args[0].message == "No connection is open. Connect first, then trigger again."
    with qtbot.waitSignal(bridge.command_refused):
        bridge.pause("x")


def test_a_new_connection_is_told_and_the_old_one_is_no_longer_heard(bridge, commands, qtbot):
    other = FakeCommands(workflows=())
    with qtbot.waitSignal(bridge.connection_changed):
        bridge.set_commands(other)
    assert told(bridge, commands, events.JobsReloaded()) == []
    assert told(bridge, other, events.JobsReloaded()) == [("jobs_reloaded", ())]


def test_a_workflow_is_called_by_its_title_and_an_unknown_one_by_its_id(bridge):
    assert bridge.workflow_title("wf_callback") == "Callback booking"
    assert bridge.workflow_title("wf_elsewhere") == "wf_elsewhere"


def test_the_windows_memory_is_a_file_in_the_given_folder(bridge, tmp_path):
    bridge.settings().setValue("a", 1)
    bridge.settings().sync()
    assert (tmp_path / "window.ini").exists()
    assert bridge.figures() == []
    assert bridge.history("x") == []
    assert bridge.job("x") is None


def test_an_answer_somebody_awaits_is_told_for_its_job_and_the_next_one_to_all(bridge, commands):
    bridge.await_answers(["job-1", "job-2"])
    refused = events.CommandRefused("moved on", "job-1")
    assert told(bridge, commands, refused) == [("job_answered", ("job-1", "moved on"))]
    assert told(bridge, commands, events.CommandDone("job-2")) == [("job_answered", ("job-2", ""))]
    assert told(bridge, commands, refused) == [("command_refused", ("moved on",))]
    assert told(bridge, commands, events.CommandDone("job-2")) == []


def test_approving_refusing_and_the_answer_to_what_waited_reach_the_services(bridge, commands):
    job = commands.put(replace(commands.new_job(), operator="op-south", approval_required=True))
    other = commands.put(replace(commands.new_job(), operator="op-south", approval_required=True))
    bridge.approve(job, "fine")
    bridge.refuse(other, "not fine")
    bridge.answer_waited("send")
    assert commands.job(job.job_id).approved_by == "op-north"
    assert commands.job(other.job_id).state is JobState.CANCELLED
    assert commands.waited == ["send"]
