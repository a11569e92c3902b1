#!/bin/sh
# The first process of the machine that machine.sh makes: does what src/init/ does in a real one, then becomes the daemon.
# machine-init.sh TREE EXECUTABLE SCRATCH NETWORK [NAME=VALUE…] COMMAND…
set -eu
tree=$1 executable=$2 scratch=$3 network=$4
shift 4
memory=$scratch/memory
read -r pid _ </proc/self/stat # while /proc is the one outside
hostname machine
[ "$network" = shared ] || "$tree/usr/bin/busybox" ip link set lo up

# A read-only root with writable places.
mount --bind "$tree" "$memory/root"
mount -o remount,bind,ro "$memory/root"
cd "$memory/root"
mount --bind "$executable" usr/bin/paddock
mount --bind "$memory/var" var
for place in dev etc root run; do mount -t tmpfs -o mode=755 $place $place; done
mount -t tmpfs tmp tmp
mount -t proc proc proc
mount -t sysfs sysfs sys # writable as in the OS: from one that is not, user namespaces cannot have their own
mount -t cgroup2 cgroup2 sys/fs/cgroup

mkdir dev/pts dev/shm run/outside run/sockets
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
mount -t tmpfs shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
umask 0
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  numbers=${node#*:}
  mknod "dev/${node%%:*}" c "${numbers%:*}" "${numbers#*:}"
done
umask 022
ln -s ../usr/lib/os-release etc/os-release
mkdir -p etc/ssl/certs
ln -s /usr/share/paddock/ca-certificates.crt etc/ssl/certs/ca-certificates.crt
printf '127.0.0.1\tlocalhost\n' >etc/hosts
printf 'nameserver 192.0.2.53\n' >etc/resolv.conf
mkdir -p var/lib var/log
ln -sfn /run var/run
mount --bind "$scratch/sockets" run/sockets

# This process is in the group "init".
cd sys/fs/cgroup
mkdir docker
for controller in $(cat cgroup.controllers); do
  for group in . docker; do echo "+$controller" >$group/cgroup.subtree_control; done
done

cd "$memory/root"
pivot_root . run/outside
echo "$pid" >run/sockets/pid
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root /usr/bin/sh -c '
  umount -l /run/outside
  exec /usr/bin/env "$@"
' sh "$@"
