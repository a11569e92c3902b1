import type { ApplyStep, ApplyStepDescription } from '../../apply/step.ts';
import { monotonicMilliseconds } from '../../linux/clock.ts';
import { type Command, CommandFailure, defineCommand } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import { alignColumns } from '../docker/table.ts';
import { outputFormat } from './format-flag.ts';
import type { Machine } from './machine.ts';

/** `ros apply` */
export function apply(machine: Machine): Command {
  return defineCommand({
    summary: 'Make the running system what the configuration says',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: {
      'dry-run': { kind: 'boolean', help: 'Only show what would be done' },
      format: { kind: 'string', value: 'table|json', help: 'For --dry-run: table if not given' },
    },
    examples: [
      ['apply --dry-run', 'what is different, what restarts, and what has to wait for the next boot'],
    ],
    async run({ client, console }, { 'dry-run': isDryRun, format: wanted }) {
      const format = outputFormat(wanted);
      const [{ planApply }, { readRunningSystem }, { desiredSystem }, { describeStep }, { loadServices }] =
        await Promise.all([
          import('../../apply/plan.ts'),
          import('../../apply/running-system.ts'),
          import('../../apply/desired-system.ts'),
          import('../../apply/step.ts'),
          import('./services.ts'),
        ]);
      const { config, messages, isComplete } = await loadServices(machine, console, 'if absent');
      for (const message of messages) console.err(`${message}\n`);
      const { steps, problems } = planApply(
        desiredSystem(config, isComplete),
        await readRunningSystem(client, config, () => host.sha256()),
      );
      for (const problem of problems) console.err(`${problem}\n`);
      if (isDryRun) {
        console.out(render(steps.map(describeStep), format));
        return 0;
      }
      const { carryOut, lineOf } = await import('../../apply/apply.ts');
      if (steps.length === 0) console.out('Nothing has to be done.\n');
      const report = {
        stepDone: (step: ApplyStep) => console.out(`${lineOf(step)}\n`),
        stepFailed: (step: ApplyStep, why: string) => console.err(`${lineOf(step)}: failed: ${why}\n`),
        ...serviceLines(console),
      };
      const failures = await carryOut(steps, { client, config, report, now: monotonicMilliseconds });
      if (failures > 0) throw new CommandFailure(`${failures} of these could not be done`);
      return 0;
    },
  });
}

function serviceLines(console: Console) {
  return {
    done: (service: string, what: string) => console.out(`rancher.services.${service}: ${what}\n`),
    failed: (service: string, why: string, lastLines: readonly string[]) =>
      console.err(
        `rancher.services.${service}: failed: ${why}\n${lastLines.map((line) => `  ${line}\n`).join('')}`,
      ),
  };
}

function render(steps: readonly ApplyStepDescription[], format: 'table' | 'json'): string {
  if (format === 'json') return `${JSON.stringify(steps, null, 2)}\n`;
  if (steps.length === 0) return 'Nothing has to be done.\n';
  const rows = steps.map(({ subject, action, restarts = '-', needsReboot }) => [
    subject,
    restarts,
    needsReboot ? 'yes' : 'no',
    action,
  ]);
  return alignColumns([['SUBJECT', 'RESTARTS', 'REBOOT', 'ACTION'], ...rows]);
}
