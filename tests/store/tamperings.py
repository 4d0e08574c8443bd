"""Every known way to tamper with the lines of a sealed trail: functions, and what each is called."""

import json

from tests.store.sealed import START, Trail, day, record, rehashed

D1, D2, D3 = day(0), day(1), day(2)


def changed(line, old, new):
    assert old in line
    return line.replace(old, new, 1)


def edited_payload(trail):
    trail.files[D2][2] = changed(trail.files[D2][2], b'"priority": ', b'"priority": 1')


def rehashed_payload(trail):
    trail.files[D2][2] = rehashed(trail.files[D2][2], priority=99)


def edited_hash(trail):
    line = trail.files[D2][2]
    trail.files[D2][2] = line[:-4] + (b"0" if line[-4:-3] != b"0" else b"1") + line[-3:]


def edited_timestamp(trail):
    trail.files[D2][2] = changed(trail.files[D2][2], b"T07:00", b"T08:00")


def edited_type(trail):
    trail.files[D2][2] = changed(trail.files[D2][2], b"_TRIGGERED", b"_COMPLETED")


def added_key(trail):
    trail.files[D2][2] = changed(trail.files[D2][2], b'{"timestamp', b'{"note": 1, "timestamp')


def rewritten_with_other_spaces(trail):
    trail.files[D2][2] = json.dumps(json.loads(trail.files[D2][2]), indent=None).encode() + b" \n"


def carriage_returns(trail):
    trail.files[D2] = [line[:-1] + b"\r\n" for line in trail.files[D2]]


def byte_order_mark(trail):
    trail.files[D1][0] = b"\xef\xbb\xbf" + trail.files[D1][0]


def edited_last_of_all(trail):
    trail.files[D3][4] = rehashed(trail.files[D3][4], reason="never")


def edited_opening(trail):
    trail.files[D2][0] = rehashed(trail.files[D2][0], tree=None)


def deleted(trail):
    del trail.files[D2][2]


def two_neighbours_deleted(trail):
    del trail.files[D2][2:4]


def deleted_in_the_open_day(trail):
    del trail.files[D3][2]


def deleted_first(trail):
    del trail.files[D1][0]


def deleted_opening(trail):
    del trail.files[D2][0]


def inserted(trail):
    trail.files[D2].insert(2, record(99))


def inserted_at_the_end(trail):
    trail.files[D3].append(record(99))


def empty_line(trail):
    trail.files[D2].insert(2, b"\n")


def replayed(trail):
    trail.files[D2].insert(4, trail.files[D2][2])


def replayed_another_day(trail):
    trail.files[D3].append(trail.files[D1][2])


def swapped(trail):
    lines = trail.files[D2]
    lines[2], lines[3] = lines[3], lines[2]


def swapped_over_days(trail):
    one, other = trail.files[D1], trail.files[D3]
    one[2], other[2] = other[2], one[2]


def moved_down(trail):
    trail.files[D2].append(trail.files[D2].pop(1))


def moved_over_midnight(trail):
    trail.files[D2].insert(0, trail.files[D1].pop())


def moved_back_over_midnight(trail):
    trail.files[D1].append(trail.files[D2].pop(0))


def moved_behind_the_opening(trail):
    trail.files[D2].insert(1, trail.files[D1].pop())


def moved_to_another_day(trail):
    trail.files[D3].append(trail.files[D1].pop(2))


def days_joined(trail):
    trail.files[D1] += trail.files.pop(D2)


def days_exchanged(trail):
    trail.files[D1], trail.files[D2] = trail.files[D2], trail.files[D1]


def tail_cut(trail):
    del trail.files[D3][3:]


def tail_cut_through_a_line(trail):
    trail.files[D3][4] = trail.files[D3][4][:40]


def only_the_last_line_end_cut(trail):
    trail.files[D3][4] = trail.files[D3][4][:-1]


def tail_of_a_closed_day_cut(trail):
    del trail.files[D2][3:]


def line_end_of_a_closed_day_cut(trail):
    trail.files[D2][4] = trail.files[D2][4][:-1]


def torn_tail_that_swallowed_the_next(trail):
    trail.files[D2][2:4] = [trail.files[D2][2][:60] + trail.files[D2][3]]


def cut_then_continued(trail):
    trail.files[D3][3:] = [record(77), record(78)]


def day_emptied(trail):
    trail.files[D2] = []


def day_removed(trail):
    del trail.files[D2]


def first_day_removed(trail):
    del trail.files[D1]


def two_days_removed(trail):
    del trail.files[D1], trail.files[D2]


def newest_day_removed(trail):
    del trail.files[D3]


def every_day_removed(trail):
    trail.files.clear()


def day_replaced(trail):
    trail.files[D2] = [record(number) for number in range(50, 55)]


def day_of_another_trail(trail):
    other = Trail(trail.folder)
    other.open_day(1, 4)
    trail.files[D2] = [*other.files[D2][:1], *(record(n, START) for n in range(4))]


def day_rehashed(trail):
    trail.files[D2] = [rehashed(line, operator="eve") for line in trail.files[D2]]


def day_added(trail):
    trail.files["workflow_audit_20260602.jsonl"] = trail.files[D2]
    trail.files["workflow_audit_20260531.jsonl"] = [record(1), record(2)]


def day_added_between(trail):
    trail.files[day(3)] = [record(1), record(2)]


def day_copied_under_a_new_name(trail):
    trail.files[day(9)] = list(trail.files[D2])


def odd_last_record_doubled(trail):
    trail.files[D3].append(trail.files[D3][-1])


MATRIX = [
    (edited_payload, "edited", D2, 3),
    (rehashed_payload, "edited", D2, 3),
    (edited_hash, "edited", D2, 3),
    (edited_timestamp, "edited", D2, 3),
    (edited_type, "edited", D2, 3),
    (added_key, "edited", D2, 3),
    (rewritten_with_other_spaces, "edited", D2, 3),
    (byte_order_mark, "edited", D1, 1),
    (edited_last_of_all, "edited", D3, 5),
    (edited_opening, "edited", D2, 1),
    (carriage_returns, "day-replaced", D2, 1),
    (deleted, "missing", D2, 3),
    (two_neighbours_deleted, "missing", D2, 3),
    (deleted_in_the_open_day, "missing", D3, 3),
    (deleted_first, "missing", D1, 1),
    (deleted_opening, "missing", D2, 1),
    (inserted, "inserted", D2, 3),
    (inserted_at_the_end, "inserted", D3, 6),
    (empty_line, "inserted", D2, 3),
    (replayed, "inserted", D2, 5),
    (replayed_another_day, "inserted", D3, 6),
    (odd_last_record_doubled, "inserted", D3, 6),
    (swapped, "reordered", D2, 3),
    (swapped_over_days, "reordered", D1, 3),
    (moved_down, "reordered", D2, 2),
    (moved_over_midnight, "reordered", D1, 5),
    (moved_back_over_midnight, "reordered", D1, 6),
    (moved_behind_the_opening, "reordered", D1, 5),
    (moved_to_another_day, "reordered", D1, 3),
    (days_joined, "reordered", D1, 6),
    (days_exchanged, "reordered", D1, 1),
    (tail_cut, "tail-cut", D3, 4),
    (tail_cut_through_a_line, "tail-cut", D3, 5),
    (only_the_last_line_end_cut, "tail-cut", D3, 5),
    (tail_of_a_closed_day_cut, "tail-cut", D2, 4),
    (line_end_of_a_closed_day_cut, "tail-cut", D2, 5),
    (torn_tail_that_swallowed_the_next, "edited", D2, 3),
    (cut_then_continued, "edited", D3, 4),
    (day_emptied, "tail-cut", D2, 1),
    (day_removed, "day-missing", None, None),
    (first_day_removed, "day-missing", None, None),
    (two_days_removed, "day-missing", None, None),
    (newest_day_removed, "day-missing", D2, 6),
    (every_day_removed, "day-missing", None, None),
    (day_replaced, "day-replaced", D2, 1),
    (day_of_another_trail, "day-replaced", D2, 1),
    (day_rehashed, "day-replaced", D2, 1),
    (day_added, "inserted", "workflow_audit_20260531.jsonl", 1),
    (day_added_between, "inserted", day(3), 1),
    (day_copied_under_a_new_name, "inserted", day(9), 1),
]


def rewrite(trail):
    for path in trail.folder.glob("*.jsonl"):
        path.unlink()
    trail.write()
