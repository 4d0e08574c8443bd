"""A client that only posts: httpx as it comes, nothing of the console in its process.

Usage: plain_client.py URL TOKEN JOBS CONCURRENCY. Prints jobs a second.
"""

import asyncio
import sys
import time
from typing import Any, Final

import httpx

INSTANCES: Final = "/api/v2/workflows/instances"
WORKFLOW: Final = "wf_bench"
CONTEXT: Final[dict[str, Any]] = {
    "customerId": "CUST-99887",
    "priorityScore": 85,
    "requiresCallback": True,
    "routingMetadata": {"channel": "voice", "queue": "sales"},
}


def body(number: int) -> dict[str, Any]:
    """Promise what the console sends for such a job."""
    metadata = {"consoleJobId": f"bench-{number}"}
    return {"workflowId": WORKFLOW, "priority": 5, "context": CONTEXT, "metadata": metadata}


async def post_all(url: str, headers: dict[str, str], jobs: int, concurrency: int) -> float:
    """Promise the jobs a second of one client that posts them."""
    left = iter(range(jobs))
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:

        async def work() -> None:
            for number in left:
                answer = await client.post(INSTANCES, json=body(number))
                assert answer.status_code == 201, answer.text

        began = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(concurrency)))
        return jobs / (time.perf_counter() - began)


async def main(url: str, token: str, jobs: int, concurrency: int) -> None:
    """Warm up, then print one rate."""
    headers = {"Authorization": f"Bearer {token}"}
    await post_all(url, headers, concurrency, concurrency)
    print(await post_all(url, headers, jobs, concurrency))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
