#!/bin/bash
# Called in new namespaces: makes a root of its own out of this machine's (what is written goes into memory) and becomes
# systemd there. $1: an empty folder. $2: the prefix of a Python, seen as /opt/python. $3: packages, seen as /opt/packages.
set -euo pipefail
place=$1 python=$2 packages=$3

mount --make-rprivate /
mount -t tmpfs tmpfs "$place"
mkdir "$place"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" "$place/root"
cd "$place/root"

mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s pts/ptmx dev/ptmx
ip link set lo up

mkdir -p opt/python opt/packages
mount --bind "$python" opt/python
mount --bind "$packages" opt/packages
mount -o remount,bind,ro opt/python
mount -o remount,bind,ro opt/packages
# A Python that was built elsewhere may look for its own library where it was built: a place that a service does not see.
mkdir -p etc/systemd/system.conf.d
printf '[Manager]\nDefaultEnvironment=LD_LIBRARY_PATH=/opt/python/lib\n' >etc/systemd/system.conf.d/python.conf

# What would reach beyond the namespaces, and what there is no hardware for.
for unit in systemd-sysctl systemd-modules-load modprobe@ systemd-udevd systemd-logind systemd-timesyncd; do
    ln -sf /dev/null "etc/systemd/system/$unit.service"
done
rm -rf etc/monitor etc/systemd/system/monitor.service* var/lib/{monitor,private/monitor} var/backups/monitor

mkdir old
pivot_root . old
mount --make-rshared / # or systemd could not hand credentials over
umount -l old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target
