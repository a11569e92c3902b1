/**
 * The variable that has the tests of the engine run in virtual machines, with `./test engine --in vm`: a description of the
 * one that is there for all of them, as JSON of `VmAccess`.
 */
export const vmVariable = 'PADDOCK_ENGINE_VM';

export const runsInVm = process.env[vmVariable] !== undefined;

/** How many times slower than in namespaces things may be: under translation, on a busy host. */
export const slowness = runsInVm ? 6 : 1;

/** Why some tests run in namespaces only. */
const reasons = {
  'one cut': 'the machine of the other tests has no disk, and power-cuts.test.ts cuts off pulls too',
  flags: 'the OS has no keys for these flags of the daemon',
  'published ports': 'the client expects published ports on its own 127.0.0.1',
} as const;

/** For `skip`: why a test is not for virtual machines, when it would run in one. */
export function namespacesOnly(reason: keyof typeof reasons): string | false {
  return runsInVm && `in a virtual machine: ${reasons[reason]}`;
}
