#!/bin/sh
# usage: shard.sh ENDED ATTEMPTS WAIT_S COMMAND...
# Runs one shard (or the merge, or the end) of a Skyledger run with the exit codes as they are meant:
#   0, 3, 20  it ended; its manifest says how each unit did. Writes the code into ENDED and ends with 0.
#   75        temporary (network, lock): tried again after WAIT_S, 2 WAIT_S, ... seconds, ATTEMPTS times in all.
#   others    the same again would end the same (2, 21), or a person is needed (74): passed on, ENDED is not written.
set -u
if [ $# -lt 4 ]; then
    echo "usage: shard.sh ENDED ATTEMPTS WAIT_S COMMAND..." >&2
    exit 2
fi
ended=$1 attempts=$2 wait_s=$3
shift 3
attempt=1
while :; do
    code=0
    "$@" || code=$?
    if [ "$code" -ne 75 ] || [ "$attempt" -ge "$attempts" ]; then
        break
    fi
    echo "shard.sh: exit code 75, attempt $attempt of $attempts; again in $((wait_s * attempt)) s" >&2
    sleep $((wait_s * attempt))
    attempt=$((attempt + 1))
done
case $code in
    0 | 3 | 20) echo "$code" >"$ended" ;;
    *) exit "$code" ;;
esac
