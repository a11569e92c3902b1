/**
 * Docker's default seccomp profile, made from that of containers-common (Podman's), which Debian packages as data.
 * Podman's lets the kernel judge by capabilities in user namespaces and refuses unknown calls with ENOSYS; Docker's
 * forbids what needs a capability that the container lacks, and refuses with EPERM. This file is the difference.
 */
import type { SeccompProfile, SeccompRule } from './seccomp.ts';

const ALLOW = 'SCMP_ACT_ALLOW';
const ERRNO = 'SCMP_ACT_ERRNO';
const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET (clone(2)). */
const CLONE_NAMESPACES = 0x7e020000;

/** Calls that Docker allows only to a container with the capability. */
const NEEDS_CAPABILITY: Readonly<Record<string, readonly string[]>> = {
  CAP_SYS_ADMIN: [
    'clone',
    'clone3',
    'fsconfig',
    'fsmount',
    'fsopen',
    'fspick',
    'lsm_get_self_attr',
    'lsm_list_modules',
    'lsm_set_self_attr',
    'mount',
    'mount_setattr',
    'move_mount',
    'open_tree',
    'perf_event_open',
    'syslog',
    'umount',
    'umount2',
    'unshare',
  ],
  CAP_SYS_BOOT: ['reboot'],
  CAP_SYS_NICE: ['get_mempolicy', 'mbind', 'set_mempolicy', 'set_mempolicy_home_node'],
  CAP_SYS_PTRACE: ['pidfd_getfd'],
  CAP_SYSLOG: ['syslog'],
};

/** Calls that Podman allows and Docker never does. */
const NEVER = [
  'io_uring_enter',
  'io_uring_register',
  'io_uring_setup',
  'keyctl',
  'pivot_root',
  'query_module',
  'signal',
];

/** Calls that Docker allows to everybody. */
const ALWAYS = [
  'cachestat',
  'futex_requeue',
  'futex_wait',
  'futex_waitv',
  'futex_wake',
  'getxattrat',
  'io_pgetevents',
  'io_pgetevents_time64',
  'listmount',
  'listxattrat',
  'map_shadow_stack',
  'mseal',
  'removexattrat',
  'riscv_hwprobe',
  'setxattrat',
  'statmount',
  'uretprobe',
  'vmsplice',
];

/** Rules about arguments. */
const ARGUMENT_RULES: readonly SeccompRule[] = [
  { names: ['socket'], action: ALLOW, args: [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }] },
  {
    names: ['clone'],
    action: ALLOW,
    args: [{ index: 0, value: CLONE_NAMESPACES, op: 'SCMP_CMP_MASKED_EQ' }],
    excludes: { caps: ['CAP_SYS_ADMIN'] },
  },
  // The flags of clone3 are behind a pointer, out of reach; ENOSYS makes libraries fall back to clone.
  { names: ['clone3'], action: ERRNO, errnoRet: ENOSYS, excludes: { caps: ['CAP_SYS_ADMIN'] } },
];

/** @param podman the profile `/usr/share/containers/seccomp.json` of containers-common */
export function dockerSeccompProfile(podman: SeccompProfile): SeccompProfile {
  const allowed = (podman.syscalls ?? []).filter(
    (rule) => rule.action === ALLOW && !rule.names?.includes('socket'),
  );
  const gatedByPodman = allowed.filter(isConditional).flatMap((rule) => rule.names ?? []);
  const elsewhere = new Set([...NEVER, ...Object.values(NEEDS_CAPABILITY).flat(), ...gatedByPodman]);
  const rules = allowed.map((rule) => {
    const isUnwanted = (name: string) => (isConditional(rule) ? NEVER.includes(name) : elsewhere.has(name));
    return { ...rule, names: rule.names?.filter((name) => !isUnwanted(name)) ?? [] };
  });
  const gated = Object.entries(NEEDS_CAPABILITY).map(([capability, names]) => ({
    names: [...names],
    action: ALLOW,
    includes: { caps: [capability] },
  }));
  return {
    ...podman,
    defaultAction: ERRNO,
    defaultErrnoRet: EPERM,
    syscalls: [{ names: ALWAYS, action: ALLOW }, ...rules, ...gated, ...ARGUMENT_RULES],
  };
}

function isConditional({ args, includes, excludes }: SeccompRule): boolean {
  return [args, includes, excludes].some((part) => part != null && Object.keys(part).length > 0);
}
