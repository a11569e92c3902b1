/** What can be done to the network, as data: `plan.ts` makes a list of steps, `execute.ts` carries them out. */

export type Step =
  | { readonly do: 'create-bond'; readonly link: string; readonly options: Readonly<Record<string, string>> }
  | { readonly do: 'create-bridge'; readonly link: string }
  | { readonly do: 'create-vlan'; readonly link: string; readonly parent: string; readonly id: number }
  | { readonly do: 'delete-link'; readonly link: string }
  | { readonly do: 'set-master'; readonly link: string; readonly master: string | null }
  | { readonly do: 'set-mtu'; readonly link: string; readonly mtu: number }
  | { readonly do: 'set-up' | 'set-down'; readonly link: string }
  | { readonly do: 'add-address' | 'remove-address'; readonly link: string; readonly address: string }
  | ({ readonly do: 'add-route' | 'remove-route' } & PlannedRoute)
  | {
      readonly do: 'run';
      readonly what: CommandPhase;
      readonly link?: string;
      readonly commands: readonly string[];
    };

export type CommandPhase = 'pre_cmds' | 'pre_up' | 'post_up' | 'post_cmds';

export interface PlannedRoute {
  readonly link: string;
  readonly to: string;
  readonly via?: string;
  readonly metric: number;
  /** The gateway is on the cable although no address of the interface says so. */
  readonly isOnLink?: boolean;
}

/** One line for people, in the words of ip(8). */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'create-bond': {
      const options = Object.entries(step.options).map(([name, value]) => ` ${name} ${value}`);
      return `create bond ${step.link}${options.join('')}`;
    }
    case 'create-bridge':
      return `create bridge ${step.link}`;
    case 'create-vlan':
      return `create VLAN ${step.link}, number ${step.id} on ${step.parent}`;
    case 'delete-link':
      return `delete ${step.link}`;
    case 'set-master':
      return step.master === null ? `release ${step.link}` : `make ${step.link} a port of ${step.master}`;
    case 'set-mtu':
      return `set mtu of ${step.link} to ${step.mtu}`;
    case 'set-up':
      return `switch ${step.link} on`;
    case 'set-down':
      return `switch ${step.link} off`;
    case 'add-address':
      return `add address ${step.address} to ${step.link}`;
    case 'remove-address':
      return `remove address ${step.address} from ${step.link}`;
    case 'add-route':
      return `add route to ${describeRoute(step)}`;
    case 'remove-route':
      return `remove route to ${describeRoute(step)}`;
    case 'run':
      return `run ${step.what}${step.link ? ` of ${step.link}` : ''}`;
  }
}

function describeRoute({ to, via, link, metric }: PlannedRoute): string {
  return `${to}${via ? ` by ${via}` : ''} on ${link}${metric > 0 ? `, metric ${metric}` : ''}`;
}
