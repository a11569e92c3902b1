/** The differences between the configuration and the running system, as steps that take them away. */
import type { ServiceStep } from '../services/start-plan.ts';

export type ApplyStep =
  | { readonly kind: 'set host name'; readonly hostname: string; readonly before: string }
  | { readonly kind: 'set sysctl'; readonly name: string; readonly value: string; readonly before: string }
  | { readonly kind: 'load module'; readonly entry: string }
  | { readonly kind: 'authorize keys'; readonly keys: readonly string[] }
  | {
      readonly kind: 're-execute System Docker';
      readonly args: readonly string[];
      readonly environment: readonly string[];
    }
  | { readonly kind: 'remove service'; readonly name: string; readonly id: string }
  | { readonly kind: 'bring up service'; readonly step: ServiceStep }
  | { readonly kind: 'apply network'; readonly changed: readonly string[]; readonly steps: readonly string[] }
  | { readonly kind: 'reload console'; readonly id: string; readonly changed: readonly string[] }
  | { readonly kind: 'make users'; readonly changed: readonly string[] }
  | { readonly kind: 'set passwords'; readonly changed: readonly string[] }
  | { readonly kind: 'set time zone'; readonly zone: string }
  | { readonly kind: 'add swap'; readonly size: string }
  | { readonly kind: 'write files'; readonly count: number }
  | { readonly kind: 'mount'; readonly count: number }
  | { readonly kind: 'reboot'; readonly subject: string; readonly reason: string };

/** A step for people and programs. */
export interface ApplyStepDescription {
  /** The key or the service that the step is about. */
  readonly subject: string;
  readonly action: string;
  /** The service that does not run for a moment; people may be in it, or connected to it. */
  readonly restarts?: string;
  /** Whether only the next boot can do it. */
  readonly needsReboot: boolean;
}

/** What a step does, in words. */
export function describeStep(step: ApplyStep): ApplyStepDescription {
  const now = (subject: string, action: string, restarts?: string) => ({
    subject,
    action,
    ...(restarts === undefined ? {} : { restarts }),
    needsReboot: false,
  });
  switch (step.kind) {
    case 'set host name':
      return now('hostname', `set to ${step.hostname}, was ${step.before}`);
    case 'set sysctl':
      return now(`rancher.sysctl.${step.name}`, `set to ${step.value}, was ${step.before}`);
    case 'load module':
      return now('rancher.modules', `load ${step.entry}`);
    case 'authorize keys':
      return now('ssh_authorized_keys', `add ${step.keys.length}`);
    case 're-execute System Docker':
      return now('rancher.system_docker, proxies', 'let System Docker start again under its containers');
    case 'remove service':
      return now(`rancher.services.${step.name}`, 'stop and remove: it is not configured any more');
    case 'bring up service':
      return describeService(step.step);
    case 'apply network':
      return now(step.changed.join(', '), ['let the network service read it', ...step.steps].join('; '));
    case 'reload console':
      return now(step.changed.join(', '), 'let the console read it');
    case 'make users':
      return now(step.changed.join(', '), 'make those that are missing');
    case 'set passwords':
      return now(step.changed.join(', '), 'set what is given');
    case 'set time zone':
      return now('timezone', `set to ${step.zone}`);
    case 'add swap':
      return now('swap', `add ${step.size} if there is none`);
    case 'write files':
      return now('write_files', `write ${step.count}`);
    case 'mount':
      return now('mounts', `mount what is missing of ${step.count}`);
    case 'reboot':
      return { subject: step.subject, action: step.reason, needsReboot: true };
  }
}

function describeService({ name, action, start }: ServiceStep): ApplyStepDescription {
  const subject = `rancher.services.${name}`;
  const begin = start === 'no' ? '' : ' and start';
  if (action.kind === 'create') return { subject, action: `create${begin}`, needsReboot: false };
  if (action.kind === 'keep') return { subject, action: 'start: it does not run', needsReboot: false };
  return { subject, action: `replace${begin}: ${action.reason}`, restarts: name, needsReboot: false };
}
