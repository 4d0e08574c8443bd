"""Evidence bundles for tests: made from a sealed trail, taken apart, tampered with, put together."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import zipfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from console.domain.audit import record_line
from console.domain.errors import ConsoleError
from console.resources import resource_path
from console.store.evidence_choice import SealedTrail
from console.store.evidence_export import Disclosed, Handed, write_bundle
from console.store.evidence_verify import BundleVerifier
from console.store.pins import PinBook
from console.store.trail_reader import TrailReader
from console.store.trail_verify import Demands, Memory
from tests.store.sealed import KEY, START, sealed_trail

VERIFIER = resource_path("evidence", "verify.py")


def standalone():
    """The verifier that is handed out, as a module."""
    spec = importlib.util.spec_from_file_location("handed_out_verifier", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ALONE = standalone()


def counted(folder):
    trail = TrailReader.open(folder)
    trail.count()
    return trail


def make_bundle(folder, out, positions=None, pins=None, **handed):
    """Write the bundle of `positions` (all records) of the sealed trail in `folder`; its path."""
    trail = counted(folder)
    sealed = SealedTrail(trail, pins)
    chosen = sealed.choose(range(trail.records) if positions is None else positions)
    values = {
        "made_at": "2026-06-04T08:00:00+00:00",
        "made_by": "op-north",
        "program": "CXone Operator Console",
        "selection": "all records",
        "readme": resource_path("evidence", "README.txt").read_text("utf-8"),
        "verifier": VERIFIER.read_bytes(),
    } | handed
    write_bundle(sealed, chosen, out, Handed(**values))
    return out


def sample(tmp_path, positions=(6, 7, 8, 12), records=(4, 4, 4), **handed):
    """A small trail's bundle: records of the second and the third day."""
    trail = sealed_trail(tmp_path / "trail", records)
    return make_bundle(trail.folder, tmp_path / "evidence.zip", positions, **handed)


def taken_apart(path):
    """The members by name, in their order."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def put_together(path, members, *, manifest=True):
    """Write `members` as a zip; with `manifest` its digests are made to fit, as a forger would."""
    members = dict(members)
    if manifest and "manifest.json" in members:
        listed = json.loads(members["manifest.json"])
        listed["members"] = [
            {"name": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
            for name, raw in members.items()
            if name != "manifest.json"
        ]
        members["manifest.json"] = json.dumps(listed).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def judged(path, key=KEY.verifier, pins=None, **demands):
    """The verdict and what it is about, or 'unusable' where it is no bundle."""
    memory = Memory(None if pins is None else PinBook(pins))
    try:
        report = BundleVerifier(path, memory, Demands(key, **demands)).run()
    except ConsoleError:
        return "unusable", None
    damaged = next((file for file in report.files if file.verdict != "intact"), None)
    line = None if damaged is None or damaged.first_bad is None else damaged.first_bad.line
    return str(report.verdict), None if damaged is None else (damaged.file, line)


def alone(path, key=KEY.verifier.text):
    """Exit code and text of the verifier that is handed out."""
    out = StringIO()
    with redirect_stdout(out):
        code = ALONE.main([str(path), *(() if key is None else ("--key", key))])
    return code, out.getvalue()


def written(members, folder: Path):
    """Put members into a folder as unpacking does."""
    for name, raw in members.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
    return folder


def bundle_with_values(tmp_path, body=b'{"a": 1}'):
    """A bundle with the disclosed values of job j-1."""
    trail = sealed_trail(tmp_path / "trail")
    digest = hashlib.sha256(b"s" * 16 + b'{"a": 1}').hexdigest()
    trail.files[max(trail.files)].append(
        record_line(START, "TRIGGER_QUEUED", {"jobId": "j-1", "contextDigest": digest})
    )
    trail.write().seal()
    return make_bundle(
        trail.folder, tmp_path / "e.zip", [15], disclosed={"j-1": Disclosed(b"s" * 16, body)}
    )  # fmt: skip
