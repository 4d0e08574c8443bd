"""Where a connection may lead, and how a tenant is recognised."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cxone.settings import checked_url, fingerprint, host_of, is_local, is_loopback
from console.domain.errors import BadInput
from tests.cxone.loopback import settings_for


@pytest.mark.parametrize(
    "url",
    [
        "https://us-2.api.cxone.com",
        "https://api.example:8443/base",
        "HTTPS://API.example",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost:1",
        "http://[::1]:8080",
        "https://[2001:db8::1]/x",
        "https://10.0.0.1",
    ],
)
def test_https_anywhere_and_http_on_this_computer_are_accepted(url):
    assert checked_url(f" {url}/ ") == url


def test_an_address_that_is_called_as_it_stands_keeps_the_slash_at_its_end():
    url = "https://auth.example/oauth2/token/"
    settings = settings_for("https://a.example/base/", token_url=url)
    assert (settings.token_url, settings.api_url) == (url, "https://a.example/base")
    assert fingerprint(settings) == fingerprint(
        settings_for("https://a.example/base", token_url=url.rstrip("/"))
    )
    assert checked_url("https://auth.example/", whole=True) == "https://auth.example"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "https://",
        "https://exa mple.com",
        "https://example.com\\@evil.example",
        "https://user:pw@example.com",
        "https://@example.com",
        "https://example.com?x=1",
        "https://example.com/#f",
        "https://example.com:99999",
        "https://example.com:x",
        "https://[::1",
        "https://[nonsense]",
        "https://[1:2]",
        "https://[v1.x]",
        "https://[fe80::1%eth0]",
        "https://exämple.com",
        "https://ex\nample.com",
        "https://..",
        f"https://{'a' * 64}.com",
        "https://a.com/" + "x" * 2000,
        "http://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://2130706433",
        "http://0.0.0.0",
    ],
)
def test_other_addresses_are_refused_by_the_name_of_their_field(url):
    with pytest.raises(BadInput) as caught:
        checked_url(url, "api_url")
    assert caught.value.field == "api_url"
    assert str(caught.value).startswith("The API URL")


def test_a_query_is_accepted_only_where_it_is_asked_for():
    assert checked_url("https://a.example/x?y=1", query=True) == "https://a.example/x?y=1"


@given(st.text())
def test_no_text_makes_the_check_fail_otherwise(text):
    for url in (text, f"https://{text}", f"http://127.0.0.1{text}"):
        try:
            checked_url(url)
        except BadInput:
            continue


@given(
    st.from_regex(r"https://[ -~]{1,30}", fullmatch=True)
    | st.from_regex(r"https://[a-zA-Z0-9._-]{1,12}(:[0-9]{1,5})?(/[ -~]{0,12})?", fullmatch=True)
)
def test_every_accepted_address_is_one_for_the_http_library_with_the_same_host(text):
    try:
        url = checked_url(text)
    except BadInput:
        return
    assert httpx.URL(f"{url}/api").host.rstrip(".") == host_of(url).rsplit(":", 1)[0].rstrip(".")


def test_a_connection_checks_both_addresses_its_contract_and_its_client_id():
    for field, value in {
        "token_url": "http://example.com",
        "api_url": "nowhere",
        "contract": "studio",
        "client_id": " ",
    }.items():
        with pytest.raises(BadInput) as caught:
            settings_for("https://a.example", **{field: value})
        assert caught.value.field == field


def test_ways_of_writing_the_same_tenant_have_the_same_fingerprint():
    plain = settings_for("https://a.example/base")
    for same in (
        settings_for("https://a.example/base", api_url="https://A.Example:443/base/"),
        settings_for("https://a.example/base", profile="other", deadline_s=1.0),
    ):
        assert fingerprint(same) == fingerprint(plain)
    assert len(fingerprint(plain)) == 16


def test_another_tenant_has_another_fingerprint():
    plain = settings_for("https://a.example")
    others = [
        settings_for("https://a.example", client_id="client-2"),
        settings_for("https://a.example", api_url="https://b.example"),
        settings_for("https://a.example", api_url="https://a.example:8443"),
        settings_for("https://a.example", api_url="https://a.example/Base"),
        settings_for("https://a.example", token_url="https://b.example/token"),
        settings_for("https://a.example", api_url="http://127.0.0.1"),
    ]
    assert len({fingerprint(item) for item in [plain, *others]}) == len(others) + 1


def test_hosts_are_named_without_path_or_usual_port():
    assert host_of("https://a.example:443/x") == "a.example"
    assert host_of("http://127.0.0.1:80") == "127.0.0.1"
    assert host_of("https://[::1]:8443/x") == "[::1]:8443"


def test_only_this_computer_is_local():
    assert is_local("http://127.0.0.1:9/x")
    assert not is_local("https://a.example")
    assert is_loopback("[::1]")
    assert not is_loopback("")
