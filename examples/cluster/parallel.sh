#!/bin/sh
# Does a plan with GNU parallel, on this computer or on several that see the same files:
#
#   parallel.sh PLAN [SHARDS [OPTION OF PARALLEL]...]
#   parallel.sh stlb.plan.json 64 --sshlogin n1,n2,n3 --jobs 8
#
# Run again, it does what is left. A share that fails is tried once more; merge says what is missing if something is.
set -eu
plan=$(realpath "$1")
shards=${2:-$(nproc)}
shift "$(($# < 2 ? $# : 2))"
results="${plan%.plan.json}.results"
merged="${plan%.plan.json}.merged.json"
export plan shards results

# Names come by the environment: parallel puts together what it runs for a shell.
seq "$shards" |
  parallel --env plan --env shards --env results --retries 2 "$@" \
    'pagewalk sweep "$plan" --shard {}/"$shards" --results "$results" --jobs 1' ||
  echo "parallel.sh: $? of $shards shares failed" >&2

pagewalk merge "$plan" "$results" -o "$merged"
