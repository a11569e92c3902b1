import { prepareDeviceNode, prepareDeviceNodes } from '../init/device-nodes.ts';
import { DriverLoader } from '../init/drivers.ts';
import { onSignal } from '../linux/signal.ts';
import { type DeviceEvent, watchDevices } from '../linux/uevent.ts';

/** `udevd`: loads the drivers of devices that come while the machine runs. Runs until SIGTERM. */
export function udevdCommand(): Promise<number> {
  const drivers = new DriverLoader();
  const onEvent = ({ action, properties }: DeviceEvent) => {
    if (action !== 'add') return;
    const { MODALIAS: alias, DEVNAME: node } = properties;
    if (alias !== undefined) drivers.loadFor(alias);
    if (node !== undefined) prepareDeviceNode(node);
  };
  const catchUp = () => {
    drivers.loadAll();
    prepareDeviceNodes();
  };
  return new Promise((resolve) => {
    const stop = watchDevices(onEvent, catchUp);
    // What came between the coldplug and now.
    catchUp();
    onSignal('SIGTERM', () => {
      stop();
      resolve(0);
    });
  });
}
