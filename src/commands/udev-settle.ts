import { prepareDeviceNodes } from '../init/device-nodes.ts';
import { DriverLoader } from '../init/drivers.ts';
import { tellDriversLoaded } from '../init/drivers-loaded.ts';

/** `ros udev-settle`: loads the drivers of the devices that are there, and returns when that is done. */
export function udevSettleCommand(): number {
  new DriverLoader().loadAll();
  prepareDeviceNodes();
  tellDriversLoaded();
  return 0;
}
