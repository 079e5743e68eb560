"""Three models vote on a label; one follows the order of a set, one the local hour, so two of them must change."""

import time

LABELS = {"cat", "dog"}

by_order = next(iter(LABELS))
by_hour = "cat" if time.localtime(1_700_000_000).tm_hour == time.gmtime(1_700_000_000).tm_hour else "dog"
votes = [by_order, by_hour, "cat"]
print(max(sorted(LABELS), key=votes.count))
