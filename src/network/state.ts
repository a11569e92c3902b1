/** The network as it is, and what of it the network service made. */

export interface LinkState {
  readonly name: string;
  readonly index: number;
  /** The one that it was made with, also while it is a port of a bond. */
  readonly hardwareAddress: string;
  /** Of a device made by software, such as `vlan`. */
  readonly kind?: string;
  readonly master?: string;
  readonly mtu: number;
  readonly isUp: boolean;
}

export interface NetworkState {
  readonly links: readonly LinkState[];
  /** Those that reach farther than the machine or the cable. */
  readonly addresses: readonly { readonly link: string; readonly address: string }[];
  readonly routes: readonly RouteState[];
}

export interface RouteState {
  readonly link: string;
  readonly to: string;
  readonly via?: string;
  readonly metric: number;
}

/** What the network service has set and may take back; everything else belongs to somebody else. */
export interface Owned {
  /** How each interface that it made was defined. */
  readonly links: Readonly<Record<string, string>>;
  /** The masters of ports. */
  readonly ports: Readonly<Record<string, string>>;
  /** What the MTU was before. */
  readonly mtus: Readonly<Record<string, number>>;
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly routes: readonly RouteState[];
  /** Which commands were run, by what they were run for. */
  readonly commands: Readonly<Record<string, string>>;
}

export const NOTHING_OWNED: Owned = {
  links: {},
  ports: {},
  mtus: {},
  addresses: {},
  routes: [],
  commands: {},
};
