"""The tutorial's three figures by the tutorial's own arithmetic, and percentiles beside them."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.metrics import Figures, figures_of, nearest_rank, no_executions


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 15), (5, 15), (20, 15), (30, 20), (40, 20), (50, 35), (100, 50)]
)
def test_a_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert nearest_rank([15, 20, 35, 40, 50], percent) == expected


def test_of_nothing_there_is_no_percentile() -> None:
    assert nearest_rank([], 50) is None


def test_one_execution_is_every_percentile() -> None:
    (figures,) = figures_of([("wf", 12.5, True)])
    assert figures == Figures("wf", 1.0, 12.5, 1, 12.5, 12.5, 12.5)


def test_a_workflow_that_never_ran_has_zeros_and_no_percentiles() -> None:
    assert figures_of([]) == []
    assert no_executions("wf") == Figures("wf", 0.0, 0.0, 0, None, None, None)


rows = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.floats(0, 1e6, allow_nan=False),
        st.booleans(),
    ),
    max_size=60,
)


@given(rows)
def test_the_three_figures_are_those_of_the_tutorial(
    found: list[tuple[str, float, bool]],
) -> None:
    tutorial: dict[str, dict[str, float]] = defaultdict(
        lambda: {"success": 0, "failure": 0, "total_latency_ms": 0.0}
    )
    for workflow, latency, good in found:
        tutorial[workflow]["success" if good else "failure"] += 1
        tutorial[workflow]["total_latency_ms"] += latency
    figures = {item.workflow_id: item for item in figures_of(sorted(found))}
    assert set(figures) == set(tutorial)
    for workflow, kept in tutorial.items():
        total = kept["success"] + kept["failure"]
        assert figures[workflow].total_executions == total
        assert figures[workflow].success_rate == kept["success"] / total
        assert figures[workflow].avg_latency_ms == pytest.approx(kept["total_latency_ms"] / total)


@given(rows)
def test_percentiles_are_times_that_were_measured_and_do_not_fall(
    found: list[tuple[str, float, bool]],
) -> None:
    for item in figures_of(sorted(found)):
        measured = [latency for workflow, latency, _ in found if workflow == item.workflow_id]
        assert item.p50_ms is not None
        assert item.p95_ms is not None
        assert item.p99_ms is not None
        assert item.p50_ms <= item.p95_ms <= item.p99_ms <= max(measured)
        assert {item.p50_ms, item.p95_ms, item.p99_ms} <= set(measured)
