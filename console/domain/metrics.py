"""Figures per workflow: the tutorial's three, and percentiles (nearest rank) of the same times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class Figures:
    """One workflow's figures; milliseconds from first capacity check to outcome.

    One execution is a job that ended accepted or failed; `success_rate` is 0.0 to 1.0.
    """

    workflow_id: str
    success_rate: float
    avg_latency_ms: float
    total_executions: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


def nearest_rank(ordered: Sequence[float], percent: float) -> float | None:
    """The smallest value that at least `percent` of the ordered values do not exceed."""
    if not ordered:
        return None
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def figures_of(rows: Iterable[tuple[str, float, bool]]) -> list[Figures]:
    """Figures from (workflow id, latency in ms, accepted), ordered by workflow, then latency."""
    result: list[Figures] = []
    for workflow_id, group in groupby(rows, key=lambda row: row[0]):
        latencies: list[float] = []
        accepted = 0
        for _, latency, good in group:
            latencies.append(latency)
            accepted += good
        total = len(latencies)
        result.append(
            Figures(
                workflow_id,
                accepted / total,
                math.fsum(latencies) / total,
                total,
                nearest_rank(latencies, 50),
                nearest_rank(latencies, 95),
                nearest_rank(latencies, 99),
            )
        )
    return result


def no_executions(workflow_id: str) -> Figures:
    """The figures of a workflow that was never triggered, as the tutorial gives them."""
    return Figures(workflow_id, 0.0, 0.0, 0, None, None, None)
