import { CGROUP_ROOT, createCgroup, enableControllers, mountCgroups, moveToCgroup } from '../linux/cgroup.ts';

/** For process 1: a group that has groups below it may not have processes of its own. */
const INIT = `${CGROUP_ROOT}/init`;
/** For containers. */
const CONTAINERS = `${CGROUP_ROOT}/docker`;

/** Mounts the control groups and lets those of containers use every controller. */
export function prepareCgroups(): void {
  mountCgroups();
  createCgroup(INIT);
  moveToCgroup(INIT, 1);
  createCgroup(CONTAINERS);
  enableControllers(CGROUP_ROOT);
  enableControllers(CONTAINERS);
}
