"""A file of triggers by command line: judged whole, queued all or none, named where it repeats."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.program import Program, Ran, Running, until
from tests.journeys.strict_tenant import StrictTenant

DOCUMENT = ["batch", "rows", "queued", "jobs", "errors", "repeats", "fileSeen"]
HEADER = "customerId:string,score:integer,callback:boolean\n"
GOOD = HEADER + "CUST-1,85,yes\nCUST-2,,no\nCUST-3,7,\n"
CALLBACK = {
    "id": "wf_callback",
    "title": "Callback",
    "schema": {
        "type": "object",
        "properties": {
            "customerId": {"type": "string", "pattern": "^CUST-[0-9]+$"},
            "score": {"type": "integer", "maximum": 100},
            "channels": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["customerId", "score"],
        "additionalProperties": False,
    },
}


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return tmp_path / "today.csv"


def queued_by(console: Program, sheet: Path, text: str | bytes, *more: str) -> Ran:
    """Queue a file that holds `text` for the workflow wf."""
    sheet.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return console.run("batch", str(sheet), "--workflow", "wf", *more)


def define(console: Program, definition: dict[str, Any]) -> None:
    file = console.data_dir / "workflows" / f"{definition['id']}.json"
    file.write_text(json.dumps(definition), "utf-8")


def nothing_queued(console: Program) -> bool:
    return console.jobs() == [] and "TRIGGER_QUEUED" not in console.types()


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def gone_or_larger(running: Running, path: Path, least: int) -> bool:
    return not running.alive or size(path) > least


# -- queueing -------------------------------------------------------------------------------------


def test_every_row_becomes_one_job_with_its_record_and_is_posted_with_its_own_values(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    ran = queued_by(
        *(console, sheet, GOOD, "--priority", "2", "--meta", "source=sheet"),
        *("--reason", "ticket 4711", "--json"),
    )
    assert (ran.code, ran.err) == (0, "")
    document = ran.json
    assert list(document) == DOCUMENT
    assert (document["rows"], document["queued"]) == (3, 3)
    assert (document["errors"], document["repeats"], document["fileSeen"]) == ([], [], None)
    assert [job["state"] for job in document["jobs"]] == ["queued"] * 3
    assert tenant.log == []
    records = console.payloads("TRIGGER_QUEUED")
    assert [record["jobId"] for record in records] == [job["jobId"] for job in document["jobs"]]
    assert {record["batch"] for record in records} == {document["batch"]}
    assert [record["batchRow"] for record in records] == [1, 2, 3]
    assert {(record["operator"], record["reason"]) for record in records} == {
        ("op-north", "ticket 4711")
    }
    shown = console.run("queue", "show", document["jobs"][1]["jobId"], "--json").json
    assert (shown["batch"], shown["batchRow"]) == (document["batch"], 2)
    assert console.run("queue", "run", "--until-idle").code == 0
    assert [body["context"] for body in tenant.bodies] == [
        {"customerId": "CUST-1", "score": 85, "callback": True},
        {"customerId": "CUST-2", "callback": False},
        {"customerId": "CUST-3", "score": 7},
    ]
    assert {(body["priority"], body["metadata"]["source"]) for body in tenant.bodies} == {
        (2, "sheet")
    }
    assert console.run("audit", "verify", str(console.data_dir)).code == 0


def test_a_definition_gives_plain_headers_their_types(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    define(console, CALLBACK)
    text = '\ufeffcustomerId;score;channels\r\nCUST-1;85;"[""voice"", ""chat""]"\r\n'
    sheet.write_text(text, "utf-8", newline="")
    ran = console.run("batch", str(sheet), "--workflow", "wf_callback", "--wait", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [body["context"] for body in tenant.bodies] == [
        {"customerId": "CUST-1", "score": 85, "channels": ["voice", "chat"]}
    ]


def test_a_column_that_nobody_named_is_refused_until_it_is_mapped_or_left_out(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    text = "Customer,Notes,score:integer\nCUST-1,called twice,5\n"
    refused = queued_by(console, sheet, text)
    assert (refused.code, refused.out) == (2, "")
    assert "'Customer', 'Notes'" in refused.one_line
    assert "--map" in refused.one_line
    assert nothing_queued(console)
    maps = ("--map", "Customer=customerId:string", "--map", "Notes=")
    assert queued_by(console, sheet, text, *maps, "--wait").code == 0
    assert [body["context"] for body in tenant.bodies] == [{"customerId": "CUST-1", "score": 5}]


# -- all or none ----------------------------------------------------------------------------------


def test_one_bad_row_keeps_every_row_back_and_each_error_names_row_and_column(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    define(console, CALLBACK)
    sheet.write_text("customerId,score\nCUST-1,85\nCUST-2,lots\n,101\nCUST-4\nCUST-5,\n", "utf-8")
    ran = console.run("batch", str(sheet), "--workflow", "wf_callback", "--json")
    assert ran.code == 2
    document = ran.json
    assert list(document) == DOCUMENT
    assert (document["batch"], document["rows"], document["queued"]) == (None, 5, 0)
    assert [(error["row"], error["column"]) for error in document["errors"]] == [
        (2, "score"),
        (3, "customerId"),
        (3, "score"),
        (4, ""),
        (5, "score"),
    ]
    *lines, last = ran.err.splitlines()
    assert lines[0].startswith("cxone-console: row 2 (line 3), score: Needs a whole number")
    assert "4 of 5 rows" in last
    assert nothing_queued(console)


def test_of_many_errors_twenty_are_said_and_all_are_in_the_document(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    text = HEADER + "".join(f"CUST-{number},bad,yes\n" for number in range(25))
    ran = queued_by(console, sheet, text, "--json")
    assert (ran.code, len(ran.json["errors"])) == (2, 25)
    assert len(ran.err.splitlines()) == 21
    assert "And 5 more" in ran.err.splitlines()[-1]
    assert nothing_queued(console)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"customerId:string\n", "no row"),
        (b"a:string\nM\xfcller\n", "line 2, column 2"),
        (b"a:string\n\xff\xfe\n", "line 2, column 1"),
        (b"a:string\nx\0y\n", "NUL byte at line 2, column 2"),
        ("a:string\nx\n".encode("utf-16"), "UTF-16"),
        (b"a:string,a:string\nx,y\n", "Columns 1 and 2"),
        (b"a:string,\nx,y\n", "Column 2 has no name"),
        (b'a:string\n"open\n', "line 2"),
    ],
)
def test_a_file_that_is_no_clean_csv_is_refused_with_the_place(
    console: Program, tenant: StrictTenant, sheet: Path, content: bytes, said: str
) -> None:
    ran = queued_by(console, sheet, content)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.one_line
    assert str(sheet) in ran.one_line
    assert nothing_queued(console)


def test_a_file_that_is_not_there_is_bad_input(console: Program, sheet: Path) -> None:
    ran = console.run("batch", str(sheet), "--workflow", "wf")
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be read" in ran.one_line


def test_a_batch_killed_while_it_is_queued_is_there_whole_or_not_at_all(
    console: Program, tenant: StrictTenant, sheet: Path, proving: bool
) -> None:
    chance = random.Random(7)
    rows, seen = 1500, 0
    written = {"wal": console.data_dir / "console.db-wal"}
    (written["trail"],) = (console.data_dir / "audit").glob("*.jsonl")
    for number in range(40 if proving else 5):
        lines = "".join(f"CUST-{number}-{row},{row},yes\n" for row in range(rows))
        sheet.write_text(HEADER + lines, "utf-8")
        file = written[chance.choice(sorted(written))]
        least = size(file) + chance.randrange(1_500_000)
        with console.started("batch", str(sheet), "--workflow", "wf") as running:
            until(partial(gone_or_larger, running, file, least), "it stores, or has ended")
            running.kill()
        jobs = len(console.jobs())
        assert jobs in (seen, seen + rows)
        seen = jobs
        console.run("queue", "pause")
        console.run("queue", "resume")  # a command settles what the killed one left behind
        assert console.types().count("TRIGGER_QUEUED") == jobs
    assert console.run("audit", "verify", str(console.data_dir)).code == 0


def test_a_full_disk_queues_no_row(console: Program, tenant: StrictTenant, sheet: Path) -> None:
    console.run("trigger", "before")
    lines = "".join(f"CUST-{row},{row},yes\n" for row in range(2000))
    sheet.write_text(HEADER + lines, "utf-8")
    ran = console.run("batch", str(sheet), "--workflow", "wf", file_limit=300_000)
    assert (ran.code, ran.out) == (3, "")
    assert "full" in ran.one_line
    assert [job["workflowId"] for job in console.jobs()] == ["before"]
    assert console.types().count("TRIGGER_QUEUED") == 1
    assert console.run("batch", str(sheet), "--workflow", "wf").code == 0
    assert console.types().count("TRIGGER_QUEUED") == 2001


# -- repeats --------------------------------------------------------------------------------------


def test_a_file_seen_before_is_named_and_needs_a_yes(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path
) -> None:
    first = queued_by(console, sheet, GOOD, "--json").json
    renamed = tmp_path / "renamed.csv"
    sheet.rename(renamed)
    ran = console.run("batch", str(renamed), "--workflow", "wf", "--json")
    assert ran.code == 2
    assert (ran.json["batch"], ran.json["queued"]) == (None, 0)
    assert ran.json["fileSeen"]["name"] == "today.csv"
    assert ran.json["fileSeen"]["batch"] == first["batch"]
    assert [(item["row"], item["jobId"]) for item in ran.json["repeats"]] == [
        (number, job["jobId"]) for number, job in enumerate(first["jobs"], start=1)
    ]
    assert [item["queuedAt"] for item in ran.json["repeats"]] == [
        job["queuedAt"] for job in first["jobs"]
    ]
    lines = ran.err.splitlines()
    assert "today.csv" in lines[0]
    assert "row 1: J-1 (queued)" in lines[1]
    assert "--again" in lines[-1]
    assert len(console.jobs()) == 3
    again = console.run("batch", str(renamed), "--workflow", "wf", "--again", "--json")
    assert (again.code, again.err, again.json["queued"]) == (0, "", 3)
    assert len(console.jobs()) == 6


def test_a_row_equal_to_a_job_of_the_last_day_is_named_whatever_made_that_job(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    single = console.run(
        *("trigger", "wf", "--var", "customerId:string=CUST-2", "--var", "callback:boolean=no"),
        *("--priority", "9", "--json"),
    ).json
    ran = queued_by(console, sheet, GOOD, "--json")
    assert ran.code == 2
    assert [(item["row"], item["jobId"]) for item in ran.json["repeats"]] == [(2, single["jobId"])]
    assert ran.json["fileSeen"] is None
    assert len(console.jobs()) == 1


def test_rows_equal_to_each_other_are_named(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    ran = queued_by(console, sheet, HEADER + "CUST-1,1,yes\nCUST-2,2,no\nCUST-1,01,1\n")
    assert ran.code == 2  # 01 is no integer
    text = HEADER + "CUST-1,1,yes\nCUST-2,2,no\nCUST-1,1,TRUE\n"
    ran = queued_by(console, sheet, text)
    assert ran.code == 2
    assert "row 3: asks for the same as row 1" in ran.err.splitlines()[0]
    assert nothing_queued(console)
    assert queued_by(console, sheet, text, "--again").code == 0
    assert len(console.jobs()) == 3


def test_the_same_values_for_another_tenant_are_no_repeat(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    second = ("--client-id", "c", "--token-url", f"{tenant.url}/v1/oauth2/token")
    assert console.run("profile", "add", "south", *second, "--api-url", tenant.url).code == 0
    assert queued_by(console, sheet, GOOD, "--profile", "demo").code == 0
    ran = queued_by(console, sheet, GOOD + "CUST-9,9,no\n", "--profile", "south")
    assert (ran.code, ran.err) == (0, "")


def test_two_processes_that_queue_one_file_at_once_queue_it_once(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    sheet.write_text(HEADER + "".join(f"C-{n},{n},no\n" for n in range(500)), "utf-8")
    command = ("batch", str(sheet), "--workflow", "wf")
    with console.started(*command) as one, console.started(*command) as two:
        assert sorted((one.end().code, two.end().code)) == [0, 2]
    assert len(console.jobs()) == 500
