#!/bin/sh
# Sorts names as the language of the user does.
printf '%s\n' Zora anna Bert émile Emma otto | sort >sorted.txt
