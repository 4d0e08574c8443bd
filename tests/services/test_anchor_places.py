"""What each kind of place outside is handed, and what of it goes on record."""

import hashlib

import pytest

from console.domain.anchor import Outgoing
from console.domain.errors import Refusal
from console.domain.tlog.checkpoint import Checkpoint
from console.services.anchor_places import Asked, FolderPlace, Stamp, StampPlace, UrlPlace
from tests.fakes import ManualClock
from tests.services.test_anchor import KEY, ORIGIN


async def here(work, *args):
    return work(*args)


def outgoing():
    states = Checkpoint(ORIGIN, 3, bytes(32))
    return Outgoing(states.signed([KEY]), states)


async def test_a_folder_gets_the_checkpoint_and_an_address_its_text():
    posted = []

    async def post(url, body, headers):
        posted.append((url, body, headers["Content-Type"]))
        return b"whatever"

    folder = FolderPlace("/w", lambda one: f"{one.states.size}.checkpoint", here)
    assert await folder.hand(outgoing()) == {"file": "3.checkpoint"}
    url = UrlPlace("https://h/secret-path", "h", post)
    assert await url.hand(outgoing()) == {}
    assert posted == [("https://h/secret-path", outgoing().note, "text/plain; charset=utf-8")]
    assert "secret" not in url.key + url.name
    assert url.key != UrlPlace("https://h/other", "h", post).key


class Stamps:
    def ask(self, note):
        return Asked(b"query", 5)

    def check(self, answer, note, nonce):
        if answer != b"stamp":
            raise Refusal("no stamp")
        assert nonce == 5
        return Stamp(ManualClock().now(), "CN=x", 2**70, "1.2", checked=True)

    def keep(self, outgoing, answer):
        return "3.tsr"


async def test_a_time_stamper_is_asked_checked_and_kept():
    async def post(url, body, headers):
        assert headers["Content-Type"] == "application/timestamp-query"
        return body.replace(b"query", b"stamp") if url.endswith("/tsa") else b"garbage"

    facts = await StampPlace("https://h/tsa", "h", post, Stamps(), here).hand(outgoing())
    assert facts == {
        "file": "3.tsr",
        "stampedAt": ManualClock().now().isoformat(),
        "serial": str(2**70),
        "policy": "1.2",
        "authority": "CN=x",
        "signatureChecked": True,
        "stampSha256": hashlib.sha256(b"stamp").hexdigest(),
    }
    with pytest.raises(Refusal):
        await StampPlace("https://h/no", "h", post, Stamps(), here).hand(outgoing())
