"""What is logged holds no secret, whichever way it got into the line."""

import base64
import io
import json
import logging
import os
import stat
import urllib.parse

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console import logs
from console.logs import (
    REDACTED,
    PrivateFileHandler,
    never_log,
    redact,
    set_up,
    take_down,
    without_secrets,
)

CANARY = "c4n4ry+s3cret/ü=&"


@pytest.fixture
def screen(tmp_path):
    stream = io.StringIO()
    set_up("debug", tmp_path / "console.log", stream)
    yield stream
    take_down()


def log() -> logging.Logger:
    return logging.getLogger("console.test")


def test_a_named_secret_is_taken_out_in_each_form_it_takes(screen, tmp_path):
    never_log(CANARY)
    forms = [
        CANARY,
        urllib.parse.quote(CANARY),
        urllib.parse.quote_plus(CANARY),
        urllib.parse.urlencode({"x": CANARY}),
        json.dumps({"x": CANARY}),
        json.dumps({"x": CANARY}, ensure_ascii=False),
        repr(CANARY),
        repr(CANARY.encode()),
        base64.b64encode(CANARY.encode()).decode(),
        base64.urlsafe_b64encode(CANARY.encode()).decode(),
    ]
    for form in forms:
        log().warning("a %s b", form)
        log().warning(f"direct {form}")
        log().warning("mapped %(x)s", {"x": form})
    try:
        raise ValueError(CANARY)
    except ValueError:
        log().exception("failed", stack_info=True)
    written = screen.getvalue() + (tmp_path / "console.log").read_text()
    for form in [*forms[:3], *forms[6:]]:
        assert form.strip("'\"b") not in written
    assert written.count(REDACTED) >= 60


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer CANARY-token",
        "authorization=Basic CANARYCANARY",
        "Authorization: Digest CANARY",
        "(b'Authorization', b'Bearer CANARY1234')",
        "{'Authorization': 'Custom CANARY'}",
        "client_secret=CANARY&scope=x",
        '{"client_secret": "CA\\"NARY CANARY"}',
        "{'client_secret': 'CANARY \\' CANARY'}",
        '{\\"access_token\\": \\"CANARY\\"}',
        "access_token: CANARY",
        "password = CANARY",
        "accessKeySecret=CANARY",
        "Set-Cookie: CANARY",
        "the secret is whsec_CANARY+/=",
        "eyJhbGciOiJIUzI1.eyJDQU5BUlk.CANARY",
        "GET https://a.example/x?workflowId=CANARY&y=2 HTTP/1.1",
        'GET /api/v2/x?customer=CANARY HTTP/1.1"',
        "https://a.example/x?CANARY",
        "https://CANARY:CANARY@a.example/x",
        "https://CANARY@a.example/x",
    ],
)
def test_what_looks_like_a_secret_is_taken_out_without_being_named(text):
    assert "CANARY" not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "signed in; the token is good for 3600 s",
        "J-1042 accepted as i-9f2c, known by answer",
        "What happened? The server answered 500",
        "https://a.example/api/v2/workflows/instances answered 200",
        "basic rules",
        "tab\tand\nline",
    ],
)
def test_ordinary_lines_stay_as_they_are(text):
    assert redact(text) == text


def test_control_and_bidirectional_characters_are_made_visible():
    assert redact("a\x1b[2Jb\u202ec\x00\r") == "a\\u001b[2Jb\\u202ec\\u0000\\u000d"


def test_values_too_short_to_be_secrets_do_not_garble_the_log():
    never_log("abc")
    never_log("")
    assert redact("abc") == "abc"


def test_only_the_last_thousand_secrets_are_kept_and_one_in_use_stays(monkeypatch):
    monkeypatch.setattr(logs, "MOST_SECRETS", 3)
    never_log("kept-in-use")
    for number in range(5):
        never_log(f"token-number-{number}")
        never_log("kept-in-use")
    assert len(logs._secrets) == 3
    assert without_secrets("kept-in-use token-number-4 token-number-0") == (
        f"{REDACTED} {REDACTED} token-number-0"
    )


@given(
    st.text(min_size=8, max_size=40).filter(lambda text: text.strip() == text), st.text(), st.text()
)
@example("a" * 8, "", "")
@example("secret\\n1", "'", "'")
def test_a_named_secret_survives_in_no_text(secret, before, after):
    never_log(secret)
    assert secret not in without_secrets(f"{before}{secret}{after}").replace(REDACTED, "")
    logs._secrets.pop(secret, None)


@given(st.text())
def test_no_text_makes_redaction_fail(text):
    assert isinstance(redact(text), str)


def test_a_long_line_is_redacted_in_little_time():
    import time

    began = time.perf_counter()
    redact("https://a.example/" + "x" * 200_000 + "?" + "y" * 200_000 + '"' * 100_000)
    redact("client_secret=" + "\\" * 200_000)
    redact("authorization" * 20_000)
    assert time.perf_counter() - began < 5


def test_the_log_file_is_for_its_owner_alone(screen, tmp_path):
    file = tmp_path / "console.log"
    file.touch(0o644)
    file.chmod(0o644)
    log().warning("x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_full_log_is_turned_over_and_its_old_files_stay_private(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "FILE_BYTES", 200)
    set_up("info", tmp_path / "console.log", io.StringIO())
    for number in range(20):
        log().info("line %d of a log that fills up", number)
    take_down()
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        "console.log",
        "console.log.1",
        "console.log.2",
        "console.log.3",
    ]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_lines_carry_time_in_utc_level_and_origin(screen):
    log().warning("hello")
    assert screen.getvalue().endswith("Z WARNING console.test: hello\n")


def test_the_screen_shows_warnings_and_the_file_keeps_more(tmp_path):
    stream = io.StringIO()
    set_up("warning", tmp_path / "console.log", stream)
    log().info("for the file")
    log().debug("for nobody")
    take_down()
    assert stream.getvalue() == ""
    written = (tmp_path / "console.log").read_text()
    assert "for the file" in written
    assert "for nobody" not in written


def test_without_a_file_only_the_screen_is_written(capsys):
    set_up("error")
    log().error("seen")
    take_down()
    assert "seen" in capsys.readouterr().err


def test_setting_up_twice_logs_each_line_once(tmp_path):
    stream = io.StringIO()
    set_up("info", None, io.StringIO())
    set_up("info", None, stream)
    log().info("once")
    take_down()
    log().info("after the end")
    assert stream.getvalue().count("once") == 1
    assert "after" not in stream.getvalue()


def test_the_http_library_is_held_at_warnings(screen):
    logging.getLogger("httpx").info("HTTP Request: GET https://a.example")
    logging.getLogger("aiohttp.client").debug("send_request_headers")
    assert screen.getvalue() == ""


def test_a_log_that_cannot_be_written_is_told_once_and_stops_nothing(tmp_path, capsys):
    folder = tmp_path / "gone"
    stream = io.StringIO()
    set_up("info", folder / "console.log", stream)
    log().info("one")
    log().info("two")
    take_down()
    assert capsys.readouterr().err.count("cannot be written") == 1
    assert "two" in stream.getvalue()


def test_half_a_character_does_not_stop_the_log(tmp_path):
    handler = PrivateFileHandler(tmp_path / "console.log")
    # Not through a logger: pytest would keep the line, and cannot hand it to its other process.
    handler.handle(logging.makeLogRecord({"msg": "half \ud800"}))
    handler.close()
    assert (tmp_path / "console.log").read_text() == "half \\ud800\n"


def test_elsewhere_than_on_posix_modes_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fchmod", None)
    monkeypatch.setattr(logs, "_POSIX", False)
    set_up("info", tmp_path / "console.log", io.StringIO())
    log().info("x")
    take_down()
    assert (tmp_path / "console.log").exists()
