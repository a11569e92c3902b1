import { findDevice, parseDeviceSpec } from '../../disk/find-device.ts';
import { CommandFailure, defineLocalCommand } from '../docker/command.ts';

/** `ros dev` */
export const dev = defineLocalCommand({
  summary: 'Print the device that a name such as LABEL=RANCHER_STATE stands for',
  usage: 'LABEL=TEXT|UUID=TEXT|PARTLABEL=TEXT|PATH',
  arguments: [1, 1],
  flags: {},
  async run({ console }, _flags, [text = '']) {
    const spec = parseDeviceSpec(text);
    if (spec === undefined) {
      throw new CommandFailure(`${text}: expected LABEL=, UUID= or PARTLABEL= and a text, or a path in /dev`);
    }
    const found = findDevice(spec);
    if (found === undefined) throw new CommandFailure(`${text}: there is no such device`);
    console.out(`${found.path}\n`);
    return 0;
  },
});
