/** The commands of `ros service`. */
import type { Commands } from './commands.ts';
import type { Machine } from './machine.ts';
import { serviceContainerCommands } from './service-containers.ts';
import { serviceDelete, serviceDisable, serviceEnable } from './service-enable.ts';
import { serviceList } from './service-list.ts';
import { serviceLogs } from './service-logs.ts';
import { servicePs } from './service-ps.ts';
import { servicePull } from './service-pull.ts';
import { serviceCreate, serviceUp } from './service-up.ts';

export function serviceCommands(machine: Machine): Commands {
  return {
    list: serviceList(machine),
    enable: serviceEnable(machine),
    disable: serviceDisable,
    delete: serviceDelete,
    up: serviceUp(machine),
    create: serviceCreate(machine),
    ...serviceContainerCommands(machine),
    pull: servicePull(machine),
    logs: serviceLogs(machine),
    ps: servicePs,
  };
}
