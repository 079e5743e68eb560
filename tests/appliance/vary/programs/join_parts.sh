#!/bin/sh
# Joins the parts of a table. The path is not quoted, so that a space in it breaks the script.
set -e
printf '1\n' >part-1.txt
printf '2\n' >part-2.txt
cat $PWD/part-*.txt >table.txt
