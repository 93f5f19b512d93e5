import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import { quickReader, REFUSED } from '../zod-quick.js';
import type { AppIdentity, DeviceContext, Platform, SessionEvent } from './context.js';
import { inputSchemas } from './input-schema.js';
import { listIssues } from '../check/issues.js';

/** Options of a call, as far as its input goes. */
export interface CallOptions {
  readonly at?: Date | undefined;
  readonly events?: readonly SessionEvent[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly deadlineMs?: number | undefined;
}

/** What the caller gave for one call; `momentId` is there for a moment only. */
export interface CallInput<P extends Platform> {
  readonly context: DeviceContext<P>;
  readonly momentId?: string;
  readonly options: CallOptions;
}

const LIMITS = ['signal', 'timeoutMs', 'deadlineMs'] as const;
const SESSION_OPTIONS = ['at', ...LIMITS] as const;
const MOMENT_OPTIONS = ['events', ...LIMITS] as const;
const REQUIRED_BLOCKS = ['device', 'connection'] as const;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readQuickly = {
  ninthdecimal: quickReader(inputSchemas.context.ninthdecimal),
  kiip: quickReader(inputSchemas.context.kiip),
  momentId: quickReader(inputSchemas.momentId),
};

const optionsOf = (input: CallInput<Platform>) => ('momentId' in input ? MOMENT_OPTIONS : SESSION_OPTIONS);

/** The problems of an app's identity; empty when there are none. */
export function identityIssues(app: unknown): ValidationIssue[] {
  if (!isRecord(app)) return [{ path: 'app', message: 'is required: { appKey, appVersion, test }' }];
  return listIssues(inputSchemas.identity[app['platform'] === 'kiip' ? 'kiip' : 'ninthdecimal'], app);
}

/** The problems of a context. A required block that is missing is reported field by field. */
function contextIssues(platform: Platform, context: unknown): ValidationIssue[] {
  if (!isRecord(context)) return [{ path: 'context', message: 'is required: { device, connection, … }' }];
  const found = listIssues(inputSchemas.context[platform], context);
  return found.flatMap((issue) => {
    const missing = REQUIRED_BLOCKS.find((name) => issue.path === name && (context[name] ?? null) === null);
    return missing === undefined ? [issue] : listIssues(inputSchemas.blocks[missing], {}, missing);
  });
}

/** The problems of a call's input; empty when there are none. */
function inputIssues(platform: Platform, input: CallInput<Platform>): ValidationIssue[] {
  const found = 'momentId' in input ? listIssues(inputSchemas.momentId, input.momentId, 'momentId') : [];
  found.push(...contextIssues(platform, input.context));
  if (!isRecord(input.options)) return [...found, { path: 'options', message: 'must be an object, or left out' }];
  for (const name of optionsOf(input)) found.push(...listIssues(inputSchemas[name], input.options[name], name));
  return found;
}

function passes(input: CallInput<Platform>): boolean {
  if ('momentId' in input && readQuickly.momentId(input.momentId) === REFUSED) return false;
  if (!isRecord(input.options)) return false;
  for (const name of optionsOf(input)) {
    const value = input.options[name];
    if (value !== undefined && !inputSchemas[name].safeParse(value).success) return false;
  }
  return true;
}

/** A copy of the context, so that what is sent is what was checked, getters and proxies or not. */
function readContext(platform: Platform, context: unknown): unknown {
  const quick = readQuickly[platform](context);
  if (quick !== REFUSED) return quick;
  const { success, data } = inputSchemas.context[platform].safeParse(context);
  return success ? data : REFUSED;
}

/**
 * Checks the app and the call's input, and returns a copy of the context: what is sent is what was checked, getters and proxies or not.
 * `trusted` apps were checked when their client was made.
 *
 * @throws KiipValidationError with every problem.
 */
export function validContext<P extends Platform>(
  app: AppIdentity<P>,
  input: CallInput<P>,
  trusted: boolean,
): DeviceContext<P> {
  const platform = app?.platform === 'kiip' ? 'kiip' : 'ninthdecimal';
  const appIssues = trusted ? [] : identityIssues(app);
  const context = readContext(platform, input.context);
  if (context !== REFUSED && appIssues.length === 0 && passes(input)) return context as DeviceContext<P>;
  throw new KiipValidationError([...appIssues, ...inputIssues(platform, input)]);
}
