import { NamespaceMachine } from './machine.ts';
import type { MachineOptions, MachineUnderTest } from './machine-under-test.ts';
import { runsInVm } from './virtual.ts';
import { VmMachine } from './vm-machine.ts';

/** A machine that is switched off: of namespaces, or a virtual one with the whole OS in it. */
export function makeMachine(options: MachineOptions): Promise<MachineUnderTest> {
  return runsInVm ? VmMachine.make(options) : NamespaceMachine.make(options);
}
