"""Every known way to tamper with a sealed trail gets its verdict and the first bad line."""

import shutil

import pytest

from tests.store.sealed import found, sealed_trail, verify
from tests.store.tamperings import D2, MATRIX, rewrite

NAMES = [row[0].__name__ for row in MATRIX]


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "audit")


@pytest.mark.parametrize("deep", [False, True], ids=["quick", "deep"])
@pytest.mark.parametrize(("tamper", "verdict", "file", "line"), MATRIX, ids=NAMES)
def test_each_tampering_gets_its_verdict_and_its_first_bad_line(
    trail, tmp_path, tamper, verdict, file, line, deep
):
    tamper(trail)
    rewrite(trail)
    report = verify(trail.folder, tmp_path / "state", deep=deep)
    assert found(report) == (verdict, None if file is None else (file, line))
    assert not report.intact


@pytest.mark.parametrize(("tamper", "verdict", "file", "line"), MATRIX, ids=NAMES)
def test_no_tampering_passes_where_the_tiles_are_gone_as_well(
    trail, tmp_path, tamper, verdict, file, line
):
    shutil.rmtree(trail.folder / "seal" / "tile")
    tamper(trail)
    rewrite(trail)
    assert not verify(trail.folder, tmp_path / "state").intact


@pytest.mark.parametrize(("tamper", "verdict", "file", "line"), MATRIX, ids=NAMES)
def test_no_tampering_passes_in_a_larger_trail_with_full_tiles(
    tmp_path, tamper, verdict, file, line
):
    trail = sealed_trail(tmp_path / "large", (4, 600, 4))
    trail.files[D2], held = trail.files[D2][:5], trail.files[D2][5:]
    tamper(trail)
    if trail.files.get(D2):
        trail.files[D2] += held
    rewrite(trail)
    assert not verify(trail.folder, tmp_path / "state").intact


def test_an_untouched_trail_is_intact_both_ways(trail, tmp_path):
    for deep in (False, True):
        report = verify(trail.folder, tmp_path / "state", deep=deep)
        assert found(report) == ("intact", None)
        assert {file.verdict for file in report.files} == {"intact"}
        assert report.records == 15
