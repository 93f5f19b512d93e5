import type { Callbacks } from '../callbacks/callbacks.js';
import type { Sandbox } from '../sandbox.js';
import type { SandboxState } from '../state.js';

/** What pages can read and do. */
export interface PageContext {
  readonly state: SandboxState;
  readonly callbacks: Callbacks;
  readonly sandbox: Pick<Sandbox, 'reset'>;
}
