"""Ranks words by their place in a set. Runs in any Python from 3.6 on, and imports nothing that is not part of it."""

import sys

words = set("one two three four five six seven".split())
with open("ranks.txt", "w") as stream:
    for rank, word in enumerate(words):
        stream.write("%d %s\n" % (rank, word))
print(sys.version_info[0])
