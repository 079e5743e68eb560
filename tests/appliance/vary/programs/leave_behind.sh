#!/bin/sh
# Starts a server in a session of its own, waits until it is there, and forgets to stop it.
setsid sh -c 'echo yes >started.txt; exec sleep 876' >/dev/null 2>&1 &
until [ -e started.txt ]; do sleep 0.01; done
echo 42 >result.txt
