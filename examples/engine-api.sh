#!/bin/sh
# Runs a container by the Docker Engine API alone: loads an image, then create, start, wait, logs, remove.
#   ./build images
#   examples/engine-api.sh tcp://127.0.0.1:PORT    # the address of System Docker that ./run prints
set -eu
[ $# = 1 ] || { echo "usage: $0 tcp://127.0.0.1:PORT" >&2; exit 2; }
api="http://${1#tcp://}/v1.51"
archive="$(dirname "$0")/../out/images/busybox.tar"

call() { # METHOD PATH [options of curl]; an HTTP error ends the script, with the engine's message
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --request "$method" "$@" "$api$path"
}

call POST /images/load --upload-file "$archive"

# With Tty the output is plain; without, it comes in frames that tell stdout from stderr.
created=$(call POST '/containers/create?name=hello' --json '{
  "Image": "busybox",
  "Cmd": ["sh", "-c", "echo Hello from $(hostname), with $(cat /sys/fs/cgroup/memory.max) bytes of memory"],
  "Hostname": "container",
  "Tty": true,
  "HostConfig": { "Memory": 33554432 }
}') || { echo "$created"; exit 1; }
id=$(echo "$created" | sed 's/.*"Id":"\([0-9a-f]*\)".*/\1/')
trap 'call DELETE "/containers/$id?force=true"' EXIT

call POST "/containers/$id/start"
call POST "/containers/$id/wait" # for a container that has ended, this answers at once
call GET "/containers/$id/logs?stdout=true"
