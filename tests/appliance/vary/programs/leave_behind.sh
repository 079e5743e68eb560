#!/bin/sh
# Starts a server in a session of its own and forgets to stop it.
setsid sleep 876 >/dev/null 2>&1 &
echo 42 >result.txt
