/** The default network's bridge, which nobody makes or removes by request, is there for as long as somebody uses it. */
import { setTimer } from '../../linux/event-loop.ts';
import type { Engine } from '../engine.ts';
import { removeBridge } from './bridge.ts';
import { membersOf } from './members.ts';
import { isUserDefined, type Network } from './network.ts';

/** The kernel takes tens of milliseconds to remove a bridge, and the next container may come at once. */
const IDLE_MILLISECONDS = 1000;

/** Removes the bridge of the default network, if its last container has left and none comes soon. */
export function removeIdleBridge({ containers }: Engine, network: Network): void {
  const isIdle = () => membersOf(network, containers.all()).length === 0;
  if (isUserDefined(network) || !isIdle()) return;
  setTimer(IDLE_MILLISECONDS, () => {
    if (isIdle()) removeBridge(network);
  });
}
