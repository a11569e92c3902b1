import { prepareDeviceNodes } from '../init/device-nodes.ts';
import { DriverLoader } from '../init/drivers.ts';

/** `ros udev-settle`: loads the drivers of the devices that are there, and returns when that is done. */
export function udevSettleCommand(): number {
  new DriverLoader().loadAll();
  prepareDeviceNodes();
  return 0;
}
