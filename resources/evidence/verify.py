#!/usr/bin/env python3
"""Check an evidence bundle of the CXone Operator Console: python3 verify.py BUNDLE --key VKEY

BUNDLE is the .zip or the folder it was unpacked to, VKEY the trail's public key (name+id+base64, or a
file that holds it) as its owner told you by another way than this bundle. Python 3.8 or newer, nothing
else. Take this file from the program's source rather than from the bundle that you check.

Exit code 0: proven. 1: something does not hold. 2: no bundle that can be read. 3: everything fits
together, but no key was given, so anybody may have made it.
"""
import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import struct
import sys
import zipfile
import zlib
from bisect import bisect_left, bisect_right

LINE, SMALL, ROWS, MEMBERS = 64 << 20, 64 << 20, 1000000, 10000
FIXED = ("README.txt verify.py checkpoint untrusted-vkey.txt records.jsonl records.tsv context.jsonl "
         "context.tsv proof/shared-proof files.sha256 queue/jobs.jsonl manifest.json").split()
NEEDED = "checkpoint records.jsonl records.tsv context.jsonl context.tsv manifest.json".split()
PATTERNS = (r"proof/(0|[1-9][0-9]{0,19})\.tlog-proof", r"seals/(checkpoint|consistency)\.([1-9][0-9]{0,19})",
            r"disclosed/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})\.(salt|body)")


class Unusable(Exception):
    """This is no bundle that can be read."""


class Wrong(Exception):
    """Something in the bundle does not hold."""


# --- Ed25519, RFC 8032, section 5.1 ------------------------------------------------------------
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _point(raw):
    """The point that 32 bytes encode, in extended coordinates; None where no encoding is that."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def _add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point, number = _add(point, point), number >> 1
    return result


def _bytes(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(public, message, signature):
    """True where the signature is that key's: no second way to write it, no key that anybody has."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, s = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or s >= L or _bytes(_times(8, key)) == _bytes((0, 1, 1, 0)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus = (P - key[0], key[1], 1, P - key[3])
    return _bytes(_add(_times(s, BASE), _times(k, minus))) == signature[:32]


# --- C2SP signed-note and tlog-checkpoint ------------------------------------------------------
def b64(text, size=None):
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise Wrong("%r is no base64" % text[:80])
    if base64.b64encode(raw).decode() != text or size not in (None, len(raw)):
        raise Wrong("%r is not the one way to write it" % text[:80])
    return raw


def number(text):
    if not re.fullmatch(r"0|[1-9][0-9]{0,19}", text) or int(text) >= 1 << 64:
        raise Wrong("%r is no number" % text[:40])
    return int(text)


class Key:
    """A C2SP verifier key: name+id+base64 of 0x01 and the 32 bytes of an Ed25519 key."""

    def __init__(self, text):
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise Wrong("%r is no key of the form name+id+base64" % text[:80])
        self.text, self.name, raw = text.strip(), parts[0], b64(parts[2], 33)
        self.id, self.public = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4], raw[1:]
        if raw[0] != 1 or not self.name or parts[1] != self.id.hex() or re.search(r"\s", self.name):
            raise Wrong("the key %r is not Ed25519, or not the one its id names" % text[:80])

    def __eq__(self, other):
        return self.text == other.text

    def __hash__(self):
        return hash(self.text)


class Checkpoint:
    """A signed note whose text is: origin, size, root in base64."""

    def __init__(self, raw):
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong("it is not UTF-8")
        text, blank, tail = whole.rpartition("\n\n")
        self.text = (text + "\n").encode()
        lines = text.split("\n")
        if not blank or not tail.endswith("\n") or len(lines) < 3 or not lines[0] or "" in lines:
            raise Wrong("it is no checkpoint")
        if any(c < " " and c != "\n" for c in text) or tail.count("\n") > 100:
            raise Wrong("it is no checkpoint")
        self.origin, self.size, self.root = lines[0], number(lines[1]), b64(lines[2], 32)
        self.signatures = []
        for line in tail[:-1].split("\n"):
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014":
                raise Wrong("a signature line of it has another form")
            signature = b64(parts[2])
            self.signatures.append((parts[1], signature[:4], signature[4:]))

    def signed_by(self, key):
        """True where the key has signed; Wrong where a signature under its name does not hold."""
        mine = {s for name, ident, s in self.signatures if (name, ident) == (key.name, key.id)}
        if not all(ed25519_holds(key.public, self.text, signature) for signature in mine):
            raise Wrong("the signature of %s does not hold" % key.text)
        return bool(mine)


# --- RFC 6962, sections 2.1.1 and 2.1.2 --------------------------------------------------------
def leaf(line):
    return hashlib.sha256(b"\0" + line).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def included(hashed, index, size, proof, root):
    first, last = index, size - 1
    if not 0 <= index < size:
        return False
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            hashed = node(sibling, hashed)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            hashed = node(hashed, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and hashed == root


def grew(old, old_root, size, root, proof):
    """True where the tree of `old` leaves is the beginning of that of `size`."""
    if not 0 < old <= size or old == size or not proof:
        return old == size and not proof and old_root == root
    rest = list(proof) if old & (old - 1) else [old_root] + list(proof)
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    was = now = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            was, now = node(sibling, was), node(sibling, now)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            now = node(now, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and was == old_root and now == root


def shared_root(indices, leaves, size, proof):
    """The root that many leaves lead to with one row of hashes: those of the subtrees without any."""
    used, nodes, todo = 0, [], [(0, size, 0, len(indices))]
    while todo:
        work = todo.pop()
        if work is None:
            right = nodes.pop()
            nodes.append(node(nodes.pop(), right))
            continue
        begin, end, low, high = work
        if low == high:
            nodes.append(proof[used:used + 32])
            used += 32
        elif end - begin == 1:
            nodes.append(leaves[low])
        else:
            middle = begin + (1 << (end - begin - 1).bit_length() - 1)
            cut = bisect_left(indices, middle, low, high)
            todo += [None, (middle, end, cut, high), (begin, middle, low, cut)]
    return nodes.pop() if used == len(proof) and all(len(each) == 32 for each in nodes) else None


# --- one record --------------------------------------------------------------------------------
def whole(digits):
    if len(digits.lstrip("-")) > 4300:  # what Python reads by itself
        raise ValueError("too many digits")
    return int(digits)


def read_record(line):
    """The record on a line, or None; and whether its compliance_hash is that of its payload."""
    try:
        record = json.loads(line.decode("utf-8"), parse_int=whole)
        text = json.dumps(record["payload"], sort_keys=True)
        return record, hashlib.sha256(text.encode()).hexdigest() == record["compliance_hash"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None, False


# --- the bundle, which may be anybody's --------------------------------------------------------
class Bundle:
    """The members of a zip or of a folder; `digests` has the SHA-256 of those read to their end."""

    def __init__(self, path):
        self.path, self.zip, self.sizes, self.digests = path, None, {}, {}
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                self._look_into_folder()
            else:
                self._look_into_zip()
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile, struct.error) as error:
            raise Unusable("it cannot be read: %s" % error)
        for name in NEEDED:
            if name not in self.sizes:
                raise Unusable("it has no %s" % name)

    def _look_into_folder(self):
        for folder in ("", "proof", "seals", "queue", "disclosed"):
            place = os.path.join(self.path, folder)
            for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
                name = folder + "/" + name if folder else name
                status = os.lstat(os.path.join(self.path, *name.split("/")))
                if known(name) and not stat.S_ISREG(status.st_mode):
                    raise Unusable("%s is no ordinary file" % name)
                if known(name):
                    self.sizes[name] = status.st_size

    def _look_into_zip(self):
        size = os.path.getsize(self.path)
        with open(self.path, "rb") as file:
            file.seek(max(0, size - 98))
            tail = file.read()
        count, listed = struct.unpack("<HI", tail[-12:-10] + tail[-10:-6])
        if tail[-22:-18] != b"PK\5\6" or tail[-2:] != b"\0\0":
            raise Unusable("it is no zip file, or has a comment at its end")
        if count == 0xFFFF or listed == 0xFFFFFFFF or tail[-6:-2] == b"\xff" * 4:
            if tail[-42:-38] != b"PK\6\7" or tail[-98:-94] != b"PK\6\6":
                raise Unusable("the list of its members is damaged")
            count, listed = struct.unpack("<QQ", tail[-66:-50])
        if count > MEMBERS or listed > MEMBERS * 400:
            raise Unusable("it has more members than any bundle")
        self.zip = zipfile.ZipFile(self.path)
        end = 0
        for info in sorted(self.zip.infolist(), key=lambda one: one.header_offset):
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.filename in ("proof/", "seals/", "queue/", "disclosed/") and not info.file_size:
                continue
            if not known(info.filename):
                raise Unusable("%r is no member of a bundle" % info.filename[:80])
            if info.orig_filename != info.filename or info.filename in self.sizes:
                raise Unusable("%s is there twice, or under two names" % info.filename)
            if info.flag_bits & 1 or info.compress_type not in (0, 8) or kind not in (0, stat.S_IFREG):
                raise Unusable("%s is encrypted, a link, or packed in another way" % info.filename)
            if info.header_offset < end:
                raise Unusable("%s overlaps another member" % info.filename)
            end = info.header_offset + 30 + info.compress_size
            self.sizes[info.filename] = info.file_size
        if sum(self.sizes.values()) > max(2 << 30, 50 * size):
            raise Unusable("it would unpack to far more than it can hold")

    def blocks(self, name):
        sha256 = hashlib.sha256()
        try:
            place = os.path.join(self.path, *name.split("/"))
            with self.zip.open(name) if self.zip else open(place, "rb") as file:
                while True:
                    block = file.read(1 << 18)
                    if not block:
                        break
                    sha256.update(block)
                    yield block
        except (OSError, EOFError, ValueError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            raise Wrong("%s is damaged: %s" % (name, error))
        self.digests[name] = sha256.hexdigest()

    def read(self, name, limit=1 << 20):
        if self.sizes[name] > limit:
            raise Wrong("%s is far too large" % name)
        return b"".join(self.blocks(name))

    def lines(self, name):
        rest = b""
        for block in self.blocks(name):
            lines = (rest + block).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield line
            if len(rest) > LINE:
                raise Wrong("%s has a line that is far too long" % name)
        if rest:
            raise Wrong("the last line of %s does not end" % name)

    def text_lines(self, name, limit=SMALL):
        try:
            lines = self.read(name, limit).decode("utf-8").split("\n")
        except UnicodeDecodeError:
            raise Wrong("%s is not UTF-8" % name)
        if lines.pop():
            raise Wrong("the last line of %s does not end" % name)
        return lines


def known(name):
    return name in FIXED or any(re.fullmatch(pattern, name) for pattern in PATTERNS)


class Judge:
    """Everything that is checked, one after another; `wrong` says what does not hold."""

    def __init__(self, bundle):
        self.bundle, self.wrong, self.open, self.told = bundle, [], [], {}
        self.leaves, self.places, self.kept, self.counts = {}, [], [], {}
        self.trusted = None

    def run(self, given):
        for step in (self.records, self.proofs, self.seals, lambda: self.key(given), self.files,
                     self.history, self.values, self.manifest):
            try:
                step()
            except Wrong as error:
                self.wrong.append(str(error))
            except Exception as error:  # whatever a bundle does to this program, it is not proven
                self.wrong.append("a check broke off (%s)" % type(error).__name__)
            if self.wrong and step == self.records and "context" not in self.counts:
                return  # nothing to compare the rest with

    def records(self):
        self.raw = self.bundle.read("checkpoint")
        self.note = Checkpoint(self.raw)
        for name in ("records", "context"):
            rows = []
            for line in self.bundle.text_lines(name + ".tsv"):
                parts = line.split("\t")
                if len(parts) != 3 or not re.fullmatch(r"-|[A-Za-z0-9_][A-Za-z0-9._ -]{0,199}", parts[1]):
                    raise Wrong("a line of %s.tsv is not: index, file, line" % name)
                row = (number(parts[0]), parts[1], number(parts[2]))
                if (row[1] == "-") != (row[2] == 0):
                    raise Wrong("a line of %s.tsv names no place" % name)
                if len(rows) >= ROWS or row[0] >= self.note.size or rows and row[0] <= rows[-1][0]:
                    raise Wrong("the indices in %s.tsv do not rise, or lie outside of the tree" % name)
                rows.append(row)
            at = 0
            for at, line in enumerate(self.bundle.lines(name + ".jsonl"), 1):
                if at > len(rows) or rows[at - 1][0] in self.leaves:
                    raise Wrong("%s.jsonl, line %d, was added: it has no place in the tree" % (name, at))
                index = rows[at - 1][0]
                self.leaves[index] = leaf(line)
                record, holds = read_record(line)
                if not holds:
                    self.wrong.append("%s.jsonl, line %d: the payload does not have its hash" % (name, at))
                if record is not None and (b'"AUDIT_' in line or b'"contextDigest"' in line):
                    payload = record["payload"] if isinstance(record["payload"], dict) else {}
                    keep = {key: payload.get(key) for key in (
                        "previous", "to", "historySha256", "jobId", "contextDigest")}
                    self.told[index] = (record.get("event_type"), keep)
            if at != len(rows):
                raise Wrong("records are missing: %s.tsv names more than there are" % name)
            if not rows and name == "records":
                raise Wrong("there is no record in it")
            self.places += rows
            self.counts[name] = at

    def proofs(self):
        names, size = self.bundle.sizes, self.note.size
        indices = sorted(self.leaves)
        shared = "proof/shared-proof" in names
        if shared:
            proof = self.bundle.read("proof/shared-proof", 1 << 30)
            if shared_root(indices, [self.leaves[i] for i in indices], size, proof) != self.note.root:
                raise Wrong("a record, its place or the shared proof was changed: they lead to another root")
        single = {int(found[1]) for found in map(re.compile(PATTERNS[0]).fullmatch, names) if found}
        if single - set(indices):
            self.wrong.append("there is a proof without its record")
        for index in indices:
            if index in single:
                self.single("proof/%d.tlog-proof" % index, index)
            elif not shared:
                self.wrong.append("record %d has no proof: it was added" % index)

    def single(self, name, index):
        head, _, note = self.bundle.read(name, 1 << 21).partition(b"\n\n")
        lines = head.decode("ascii", "replace").split("\n")
        if len(lines) > 2 and lines[1].startswith("extra "):
            del lines[1]
        if lines[0] != "c2sp.org/tlog-proof@v1" or lines[1:2] != ["index %d" % index] or len(lines) > 66:
            raise Wrong("%s is no proof of record %d" % (name, index))
        if note != self.raw:
            raise Wrong("%s names another checkpoint" % name)
        proof = [b64(line, 32) for line in lines[2:]]
        if not included(self.leaves[index], index, self.note.size, proof, self.note.root):
            self.wrong.append("record %d is not the one that was sealed, or its proof was changed" % index)

    def seals(self):
        for name in sorted(self.bundle.sizes):
            found = re.fullmatch(r"seals/checkpoint\.(.*)", name)
            if found:
                kept, proof = Checkpoint(self.bundle.read(name)), "seals/consistency." + found[1]
                lines = self.bundle.text_lines(proof) if proof in self.bundle.sizes else [""]
                hashes = [b64(line, 32) for line in lines[1:66]]
                same = kept.origin == self.note.origin and str(kept.size) == found[1]
                if lines[:1] != ["old %d" % kept.size] or len(lines) > 66 or not same or not grew(
                        kept.size, kept.root, self.note.size, self.note.root, hashes):
                    raise Wrong("%s is not the beginning of this trail" % name)
                self.kept.append(kept)

    def key(self, given):
        lying = []
        if "untrusted-vkey.txt" in self.bundle.sizes:
            lines = self.bundle.text_lines("untrusted-vkey.txt")
            lying = [Key(line) for line in lines[:120] if line and line[0] != "#"]
        every = lying if given is None else [given] + lying
        for kept in self.kept:
            if not any([kept.signed_by(key) for key in every]):
                raise Wrong("the kept checkpoint of %d records is signed by no key known here" % kept.size)
        if given is None:
            if not any([self.note.signed_by(key) for key in lying]):
                raise Wrong("none of the keys that lie in the bundle has signed its checkpoint")
            return
        trusted, grown = {given}, not self.note.signed_by(given)
        while grown:  # a key counts too once a trusted one has sealed the record that names it
            sealed = max([k.size for k in [self.note, *self.kept] if any(map(k.signed_by, trusted))] or [0])
            named = {event[1]["to"] for index, event in self.told.items()
                     if event[0] == "AUDIT_KEY_CHANGED" and index < sealed}
            new = {key for key in lying if key.text in named} - trusted
            trusted, grown = trusted | new, bool(new)
        signers = [key for key in trusted if self.note.signed_by(key)]
        if not signers:
            raise Wrong("the checkpoint is not signed by the key that you gave")
        self.trusted = signers[0]
        if given not in signers:
            self.open.append("that the key given was followed by %s: a sealed record says so" % signers[0].text)

    def files(self):
        stated = {}
        for index, (kind, payload) in self.told.items():
            before = payload["previous"]
            if kind == "AUDIT_FILE_OPENED" and isinstance(before, dict) and type(before.get("records")) is int:
                stated[index] = (before.get("file"), before["records"], before.get("sha256"))
        unsaid, ends, names = 0, sorted(stated), {name for name, _, _ in stated.values()}
        for place, (index, file, line) in enumerate(self.places):
            at = bisect_right(ends, index)
            name, many, _ = stated[ends[at]] if at < len(ends) else (None, 0, None)
            begin = ends[at] - many if many else 0
            if many and begin <= index:
                if file != "-" and (name, index - begin + 1) != (file, line):
                    raise Wrong("record %d stood elsewhere than its .tsv says" % index)
            elif file in names:
                raise Wrong("record %d did not stand in %s" % (index, file))
            else:
                unsaid += place < self.counts["records"]
        if unsaid:
            self.open.append("in which file %d of the records stood: no sealed record here says it" % unsaid)
        if "files.sha256" in self.bundle.sizes:
            said = {"%s  %s" % (digest, name) for name, _, digest in stated.values()}
            if not set(self.bundle.text_lines("files.sha256")) <= said:
                raise Wrong("files.sha256 states a digest that no sealed record states")

    def history(self):
        if "queue/jobs.jsonl" in self.bundle.sizes:
            for _ in self.bundle.blocks("queue/jobs.jsonl"):
                pass
            digest = self.bundle.digests["queue/jobs.jsonl"]
            sealed = [p["historySha256"] for kind, p in self.told.values() if kind == "AUDIT_EXPORTED"]
            if any(sealed) and digest not in sealed:
                raise Wrong("queue/jobs.jsonl is not the one that was sealed when it was exported")
            self.open.append("what queue/jobs.jsonl tells: it is the exporter's own word, " + (
                "sealed when the bundle was made" if any(sealed) else "and sealed by nothing"))

    def values(self):
        jobs = {found[1] for found in map(re.compile(PATTERNS[2]).fullmatch, self.bundle.sizes) if found}
        for job in sorted(jobs):
            parts = ["disclosed/%s.%s" % (job, part) for part in ("salt", "body")]
            if any(part not in self.bundle.sizes for part in parts):
                raise Wrong("of job %s the salt or the body is missing" % job)
            content = b"".join(self.bundle.read(part, SMALL) for part in parts)
            sealed = {p["contextDigest"] for _, p in self.told.values() if p["jobId"] == job} - {None}
            if sealed != {hashlib.sha256(content).hexdigest()}:
                raise Wrong("the values disclosed of job %s are not the ones that were sealed" % job)
        self.counts["disclosed"] = len(jobs)

    def manifest(self):
        try:
            listed = json.loads(self.bundle.read("manifest.json", SMALL).decode("utf-8"))
            digests = {str(one["name"]): one["sha256"] for one in listed["members"]}
        except (ValueError, LookupError, TypeError, RecursionError):
            raise Wrong("manifest.json cannot be read")
        for name in self.bundle.sizes:
            if name != "manifest.json":
                for _ in self.bundle.blocks(name) if name not in self.bundle.digests else ():
                    pass
                if digests.pop(name, None) != self.bundle.digests[name]:
                    raise Wrong("%s is not as manifest.json states" % name)
        if digests:
            raise Wrong("%s is missing" % sorted(digests)[0])


def say(text):
    print("".join(c if " " <= c <= "~" else "\\u%04x" % ord(c) for c in text))


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Check an evidence bundle.")
    parser.add_argument("bundle", metavar="BUNDLE", help="the .zip, or the folder it was unpacked to")
    parser.add_argument("--key", metavar="VKEY", help="the trail's key (text or file), told by its owner")
    args = parser.parse_args(arguments)
    try:
        given = args.key
        if given is not None and os.path.isfile(given):
            with open(given, "rb") as file:
                lines = file.read(1 << 16).decode("utf-8", "replace").split("\n")
            given = next((line for line in lines if line and line[0] != "#"), "")
        given = None if given is None else Key(given)
        judge = Judge(Bundle(args.bundle))
    except (Unusable, Wrong) as error:
        say("Cannot check %s: %s." % (args.bundle, error))
        return 2
    judge.run(given)
    for text in judge.wrong[:20]:
        say("Does not hold: %s." % text)
    if judge.wrong:
        say("NOT PROVEN. %d checks failed." % len(judge.wrong))
        return 1
    note = judge.note
    say("Of the trail %s, %d records of the first %d." % (note.origin, judge.counts["records"], note.size))
    say("Each is byte for byte the one that was sealed at its place: it leads to the signed root.")
    if judge.counts["disclosed"]:
        say("The values disclosed of %d jobs are the ones that were sealed." % judge.counts["disclosed"])
    for text in ["that what the records say is true", "which other records there are between them and after",
                 "what a holder of the key rewrote and signed again"] + judge.open:
        say("Not proven: %s." % text)
    if judge.trusted is None:
        say("UNCONFIRMED. No key was given, so anybody may have made this. Ask the owner for the key: --key")
        return 3
    say("PROVEN, signed by %s" % judge.trusted.text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
