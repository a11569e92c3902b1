import { readTextIfExists } from '../../linux/file.ts';
import { readKernelLog } from '../../linux/kernel-log.ts';
import { type BootEvent, bootTimeline, SERVICE_TIMES, traceOf } from '../../services/boot-timeline.ts';
import { defineLocalCommand } from '../docker/command.ts';
import { alignColumns } from '../docker/table.ts';
import { outputFormat } from './format-flag.ts';

/** `ros boot` */
export const boot = defineLocalCommand({
  summary: 'Show what took how long at boot, from the kernel to the last service',
  usage: '[OPTIONS]',
  arguments: [0, 0],
  flags: { format: { kind: 'string', value: 'table|json|trace', help: 'table if not given' } },
  examples: [
    ['boot --format trace >boot.json', 'a file for about:tracing of a browser, or for ui.perfetto.dev'],
  ],
  async run({ console }, { format: wanted }) {
    const format = outputFormat(wanted, ['trace']);
    const services = JSON.parse(readTextIfExists(SERVICE_TIMES) ?? '[]') as BootEvent[];
    const log = readKernelLog().map(({ microseconds, text }) => ({ seconds: microseconds / 1e6, text }));
    const events = bootTimeline(log, services);
    if (format === 'table') console.out(table(events));
    else console.out(`${JSON.stringify(format === 'json' ? events : traceOf(events), null, 2)}\n`);
    return 0;
  },
});

function table(events: readonly BootEvent[]): string {
  const seconds = (value: number) => value.toFixed(2).padStart(6);
  const rows = events.map(({ name, begin, end, outcome }) => [
    seconds(begin),
    end === undefined ? '' : seconds(end - begin),
    outcome === undefined ? name : `${name} ${outcome}`,
  ]);
  return alignColumns([['AT (S)', 'TOOK (S)', 'WHAT'], ...rows]);
}
