"""Fingerprints as text."""

from __future__ import annotations

import attrs

from verify.host.fingerprint import capture, compare
from verify.rendering.fingerprints import render_comparison, render_fingerprint


def test_tables_and_empty_values_are_words() -> None:
    """Nothing looks like Python: a table is a list of names with values, an empty text is "none"."""
    found = capture()
    wheel = {"version": "2.4.4", "tag": "cp311"}
    context = {**found.context, "channel.numpy_wheel": wheel, "empty": "", "absent": None}
    lines = render_fingerprint(attrs.evolve(found, context=context)).splitlines()
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line.startswith("  ")}
    assert rows["channel.numpy_wheel"] == "version 2.4.4, tag cp311"
    assert (rows["empty"], rows["absent"]) == ("none", "unknown")


def test_class_is_one_line_where_it_is_the_same() -> None:
    """Equal machines need no digests; of two classes both are shown."""
    one = capture()
    other = attrs.evolve(one, compared={**one.compared, "libc": "another"})
    same, differs = (render_comparison(compare(one, side)) for side in (one, other))
    assert same.splitlines()[0] == "F003 both are of one class: native results can be compared bit for bit"
    assert same.splitlines()[1].startswith("identical: ")
    assert "F003 they are of two classes" in differs
    assert differs.count("expected") == 2
