"""Reading a whole list: complete only where that is proved."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from console.cxone.client import HttpTenant
from console.cxone.listing import PAGE_SIZE, read_listing
from console.cxone.wire import Page
from console.domain.errors import Rejected, Unknown
from console.domain.instance import Instance
from tests.cxone.loopback import SECRET, settings_for
from tests.fakes import ManualClock

T0 = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def instance(number: int, started: datetime | None = None) -> Instance:
    """Instance `number`, started so many seconds before T0."""
    return Instance(f"i-{number}", started_at=started or T0 - timedelta(seconds=number))


class Tenant:
    """A list in pages of `size`; `between` changes it after each page."""

    def __init__(self, items: list[Instance], size: int = 10) -> None:
        self.items = items
        self.size = size
        self.total: int | None = None
        self.pages = 0
        self.says_size = False
        self.between: Callable[[], None] = lambda: None

    async def read(self, number: int) -> Page:
        self.pages += 1
        first = (number - 1) * self.size
        total = len(self.items) if self.total is None else self.total
        size = self.size if self.says_size else None
        page = Page(tuple(self.items[first : first + self.size]), total, 0, size)
        self.between()
        return page


async def test_all_pages_are_read_and_proved_complete():
    tenant = Tenant([instance(n) for n in range(25)])
    listing = await read_listing(tenant.read, T0)
    assert [item.instance_id for item in listing.instances] == [f"i-{n}" for n in range(25)]
    assert (listing.total, listing.complete, listing.read_at) == (25, True, T0)
    assert tenant.pages == 3


async def test_ten_thousand_instances_are_read_whole():
    tenant = Tenant([instance(n) for n in range(10_000)], size=10)
    listing = await read_listing(tenant.read, T0)
    assert (len(listing.instances), listing.complete) == (10_000, True)


async def test_an_empty_list_is_complete():
    assert (await read_listing(Tenant([]).read, T0)).complete


async def test_reading_stops_at_the_time_asked_for_and_is_complete_up_to_there():
    tenant = Tenant([instance(n) for n in range(100)])
    listing = await read_listing(tenant.read, T0, back_to=T0 - timedelta(seconds=15))
    assert (len(listing.instances), listing.complete) == (20, True)
    assert tenant.pages == 2


async def test_without_an_order_the_list_is_read_to_its_end():
    items = [instance(n) for n in range(30)]
    items[3], items[25] = items[25], items[3]
    listing = await read_listing(Tenant(items).read, T0, back_to=T0 - timedelta(seconds=5))
    assert (len(listing.instances), listing.complete) == (30, True)


async def test_a_start_time_that_is_missing_never_ends_the_reading_early():
    items = [instance(n) for n in range(30)]
    items[9] = Instance("i-9")
    listing = await read_listing(Tenant(items).read, T0, back_to=T0 - timedelta(seconds=5))
    assert (len(listing.instances), listing.complete) == (30, True)


async def test_a_total_that_moves_is_read_again_until_it_stands_still():
    tenant = Tenant([instance(n) for n in range(25)])
    new = [instance(-1)]

    def between() -> None:
        if new:
            tenant.items.insert(0, new.pop())

    tenant.between = between
    listing = await read_listing(tenant.read, T0)
    assert (len(listing.instances), listing.complete) == (26, True)


async def test_a_list_that_never_stands_still_is_not_complete():
    tenant = Tenant([instance(n) for n in range(25)])
    tenant.between = lambda: tenant.items.insert(0, instance(-len(tenant.items)))
    listing = await read_listing(tenant.read, T0)
    assert not listing.complete
    assert tenant.pages < 20


async def test_a_list_that_moved_is_not_complete_back_to_a_time_either():
    tenant = Tenant([instance(n) for n in range(100)])
    tenant.between = lambda: tenant.items.insert(0, instance(-len(tenant.items)))
    listing = await read_listing(tenant.read, T0, back_to=T0 - timedelta(seconds=15))
    assert not listing.complete


async def test_a_server_that_repeats_one_page_for_ever_is_left_and_not_believed():
    tenant = Tenant([instance(n) for n in range(10)])
    tenant.total = 50

    async def first_page(_: int) -> Page:
        return await tenant.read(1)

    listing = await read_listing(first_page, T0)
    assert (len(listing.instances), listing.complete) == (10, False)
    assert tenant.pages <= 6


async def test_fewer_instances_than_the_total_says_are_not_complete():
    tenant = Tenant([instance(n) for n in range(15)])
    tenant.total = 16
    assert not (await read_listing(tenant.read, T0)).complete


async def test_a_total_smaller_than_what_is_there_is_not_complete():
    tenant = Tenant([instance(n) for n in range(10)])
    tenant.total = 7
    assert not (await read_listing(tenant.read, T0)).complete


@pytest.mark.parametrize("says_size", [True, False])
async def test_a_total_that_counts_its_page_alone_proves_nothing(says_size: bool):
    size = 10 if says_size else PAGE_SIZE
    tenant = Tenant([instance(n) for n in range(size + 5)], size=size)
    tenant.says_size = says_size
    tenant.total = size
    listing = await read_listing(tenant.read, T0)
    assert (len(listing.instances), listing.complete) == (size + 5, False)


async def test_one_full_page_is_complete_where_nothing_stands_past_its_end():
    tenant = Tenant([instance(n) for n in range(10)])
    tenant.says_size = True
    assert (await read_listing(tenant.read, T0)).complete
    assert tenant.pages == 2

    async def no_second_page(number: int) -> Page:
        if number > 1:
            raise Rejected("no such page", status=404)
        return await tenant.read(number)

    async def only_one_page(_: int) -> Page:
        return await tenant.read(1)

    assert (await read_listing(no_second_page, T0)).complete
    assert (await read_listing(only_one_page, T0)).complete


async def test_one_id_twice_is_not_complete():
    items = [instance(n) for n in range(9)] + [instance(0)]
    assert not (await read_listing(Tenant(items).read, T0)).complete


async def test_an_entry_without_an_id_is_not_complete():
    async def read(_: int) -> Page:
        return Page((instance(1),), 1, 1)

    assert not (await read_listing(read, T0)).complete


async def test_a_list_that_names_no_total_is_not_complete():
    async def read(number: int) -> Page:
        return Page((instance(1),) if number == 1 else (), None, 0)

    listing = await read_listing(read, T0)
    assert (listing.total, listing.complete, len(listing.instances)) == (None, False, 1)


async def test_endless_new_ids_are_left_at_last():
    async def read(number: int) -> Page:
        return Page((instance(number),), 10**9, 0)

    listing = await read_listing(read, T0)
    assert (len(listing.instances), listing.complete) == (10_000, False)


async def test_a_server_that_caps_the_page_size_is_read_page_by_page():
    seen: list[tuple[str, str]] = []

    def play(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            document: object = {"access_token": "t0k3n", "expires_in": 3600}
        else:
            number = int(request.url.params["pageNumber"])
            seen.append((request.url.params["pageSize"], str(number)))
            ids = [{"id": str(n)} for n in range(2 * number - 2, 2 * number)]
            document = {"totalCount": 6, "pageSize": 2, "pageNumber": number, "instances": ids}
        return httpx.Response(200, stream=httpx.ByteStream(_json(document)))

    tenant = HttpTenant(
        settings_for("https://api.example"),
        lambda: SECRET,
        ManualClock(),
        httpx.MockTransport(play),
    )
    listing = await tenant.listing("wf_1")
    await tenant.close()
    assert (len(listing.instances), listing.complete) == (6, True)
    assert [number for _, number in seen] == ["1", "2", "3"]


def _json(document: object) -> bytes:
    import json

    return json.dumps(document).encode()


async def test_a_page_that_fails_fails_the_listing(stage):
    with pytest.raises(Unknown):
        await stage.play(httpx.ReadTimeout("x")).listing("wf_1")
