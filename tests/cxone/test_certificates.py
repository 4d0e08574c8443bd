"""TLS over real sockets: only certificates that are trusted, valid and for this host."""

import asyncio
import ssl
from pathlib import Path

import pytest

from console.cxone.client import HttpTenant
from console.cxone.tls import make_ssl_context
from console.domain.errors import CallError, CertificateRefused, EnvironmentProblem, NotSent
from console.domain.payload import TriggerPayload
from tests.cxone.loopback import (
    CERTIFICATES,
    SECRET,
    LoopbackServer,
    answer,
    server_tls,
    settings_for,
    token_answer,
)
from tests.fakes import ManualClock

PAYLOAD = TriggerPayload("wf_1", {})
OK = answer(200, {"id": "i-1"})


async def start_with(certificate: str, *, trusted: bool = True) -> CallError | str:
    """The outcome of a start whose API shows `certificate`; its token comes from elsewhere."""
    ca_file = CERTIFICATES / "ca.pem" if trusted else None
    async with (
        LoopbackServer(OK) as tokens,
        LoopbackServer(OK, server_tls(certificate)) as api,
    ):
        settings = settings_for(tokens.url, api_url=api.url, ca_file=ca_file)
        tenant = HttpTenant(settings, lambda: SECRET, ManualClock())
        try:
            return (await tenant.start(PAYLOAD, "job-1")).instance_id
        except CallError as error:
            assert api.requests == []
            return error
        finally:
            await tenant.close()


async def test_a_trusted_certificate_for_this_host_is_accepted():
    assert await start_with("good") == "i-1"


@pytest.mark.parametrize(
    ("certificate", "trusted", "words"),
    [
        ("expired", True, "expired"),
        ("self-signed", True, "self-signed"),
        ("other-name", True, "not valid for"),
        ("good", False, "not trusted"),
    ],
)
async def test_a_certificate_that_is_not_right_holds_the_connection(certificate, trusted, words):
    outcome = await start_with(certificate, trusted=trusted)
    assert isinstance(outcome, CertificateRefused)
    assert words in str(outcome)


async def test_a_bad_certificate_of_the_token_endpoint_is_the_same_and_no_secret_leaves():
    async with LoopbackServer(OK, server_tls("expired")) as server:
        settings = settings_for(server.url, ca_file=CERTIFICATES / "ca.pem")
        tenant = HttpTenant(settings, lambda: SECRET, ManualClock())
        with pytest.raises(CertificateRefused):
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()
        assert server.requests == []


async def test_a_handshake_that_fails_is_not_sent():
    async def no_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with LoopbackServer(OK) as tokens:
        settings = settings_for(tokens.url, api_url=f"https://127.0.0.1:{port}")
        tenant = HttpTenant(settings, lambda: SECRET, ManualClock())
        with pytest.raises(NotSent) as caught:
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()
    server.close()
    assert type(caught.value) is NotSent
    assert "TLS" in str(caught.value)


async def test_a_context_made_beforehand_is_used():
    async with LoopbackServer(OK, server_tls("good")) as server:
        context = make_ssl_context(CERTIFICATES / "ca.pem")
        server.token_reply = token_answer()
        tenant = HttpTenant(
            settings_for(server.url), lambda: SECRET, ManualClock(), ssl_context=context
        )
        assert (await tenant.start(PAYLOAD, "job-1")).instance_id == "i-1"
        await tenant.close()


def test_verification_is_on_and_old_protocols_are_off():
    context = make_ssl_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path: Path, content):
    file = tmp_path / "company.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(EnvironmentProblem, match=r"company\.pem"):
        make_ssl_context(file)


def test_elsewhere_than_on_linux_the_systems_own_store_judges(monkeypatch):
    monkeypatch.setattr("console.cxone.tls.sys.platform", "darwin")
    context = make_ssl_context()
    assert type(context).__module__.startswith("truststore")
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_a_python_that_looks_elsewhere_finds_the_distributions_certificates(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    missing = tmp_path / "missing.pem"
    bundles = (str(missing), str(CERTIFICATES / "ca.pem"))
    monkeypatch.setattr("console.cxone.tls._LINUX_BUNDLES", bundles)
    assert make_ssl_context().cert_store_stats()["x509_ca"] == 1
    monkeypatch.setattr("console.cxone.tls._LINUX_BUNDLES", (str(missing),))
    assert make_ssl_context().cert_store_stats()["x509_ca"] == 0
