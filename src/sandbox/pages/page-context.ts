import type { Callbacks } from '../callbacks/callbacks.js';
import type { Sandbox } from '../sandbox.js';
import type { SandboxState } from '../state.js';

/** What pages may look at and do. Faults are armed with `state.faults.arm`, the fill rate is `state.fillRate`. */
export interface PageContext {
  readonly state: SandboxState;
  readonly callbacks: Callbacks;
  readonly sandbox: Pick<Sandbox, 'reset'>;
}
