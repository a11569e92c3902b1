import { prepareDeviceNode, prepareDeviceNodes } from '../init/device-nodes.ts';
import { DriverLoader } from '../init/drivers.ts';
import { setTimer } from '../linux/event-loop.ts';
import { onSignal } from '../linux/signal.ts';
import { type DeviceEvent, watchDevices } from '../linux/uevent.ts';

/** Devices come in crowds; after so many milliseconds without one the indexes of the modules are given up. */
const KEEP_INDEXES = 1000;

/** `udevd`: loads the drivers of devices that come while the machine runs. Runs until SIGTERM. */
export function udevdCommand(): Promise<number> {
  let loader: DriverLoader | undefined;
  let forget = () => {};
  const drivers = () => {
    forget();
    forget = setTimer(KEEP_INDEXES, () => {
      loader = undefined;
    });
    loader ??= new DriverLoader();
    return loader;
  };
  const onEvent = ({ action, properties }: DeviceEvent) => {
    if (action !== 'add') return;
    const { MODALIAS: alias, DEVNAME: node } = properties;
    if (alias !== undefined) drivers().loadFor(alias);
    if (node !== undefined) prepareDeviceNode(node);
  };
  const catchUp = () => {
    drivers().loadAll();
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
