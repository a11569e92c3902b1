#!/bin/sh
# A machine for System Docker that is made of namespaces: machine.sh TREE EXECUTABLE SCRATCH OWNER NETWORK
#
# Runs as root in a mount namespace of its own. Commands come by standard input, one a line:
#   start [NAME=VALUE…] COMMAND…   starts the daemon as process 1 of fresh namespaces; its disk is as the last one left it
#   stop               kills it and everything in it, as when the power goes
# NETWORK is "own", or "shared" with whoever runs this. After each it prints "done". At the end of its input the machine is gone. SCRATCH gets:
#   log        what the daemon prints
#   sockets/   /run/sockets of the machine, which belongs to OWNER (chown's USER:GROUP); "pid" in it is the number of the
#              daemon's process as seen from outside
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
tree=$1 executable=$2 scratch=$3 owner=$4 network=$5
memory=$scratch/memory
group=$memory/cgroup/paddock-test-$$
daemon=

# What outlives a daemon: its disk, which is kept in memory.
mkdir -p "$memory" "$scratch/sockets"
chown "$owner" "$scratch/sockets"
mount -t tmpfs -o mode=755 machine "$memory"
mkdir "$memory/cgroup" "$memory/root" "$memory/var"
mount -t cgroup2 cgroup2 "$memory/cgroup"

# The group of the process that makes a cgroup namespace is the root of that namespace. It hands controllers down, so no
# process may stay in it.
start() {
  case $network in
    own) namespace=--net ;;
    shared) namespace= ;;
  esac
  mkdir "$group" "$group/init"
  (
    echo 0 >"$group/cgroup.procs"
    exec unshare --cgroup sh -c 'echo 0 >"$0"; exec "$@"' "$group/init/cgroup.procs" \
      unshare --mount --pid --uts --ipc $namespace --fork --kill-child \
      sh "$(dirname "$0")/machine-init.sh" "$tree" "$executable" "$scratch" "$network" "$@"
  ) >>"$scratch/log" 2>&1 </dev/null &
  daemon=$!
}

stop() {
  [ -n "$daemon" ] || return 0
  kill -KILL "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
  daemon=
  rm -f "$scratch/sockets/pid"
  # Whatever was in the PID namespace is killed with its process 1, and leaves its control group a little later.
  attempts=100
  until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || [ $attempts = 0 ]; do
    attempts=$((attempts - 1))
    sleep 0.05
  done
}

while read -r command arguments; do
  case $command in
    start) start $arguments ;;
    stop) stop ;;
  esac
  echo done
done
stop
