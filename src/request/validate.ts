import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import type * as z from '../zod.js';
import type { AppIdentity, DeviceContext, Platform, SessionEvent } from './context.js';
import { inputSchemas } from './input-schema.js';
import { toIssues } from './issues.js';

/** What the caller gave for one call, under the names it goes by in issue paths. */
export interface CallInput<P extends Platform> {
  readonly context: DeviceContext<P>;
  readonly momentId?: string;
  readonly at?: Date | undefined;
  readonly events?: readonly SessionEvent[] | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** With the two required blocks there, a missing block is reported field by field. */
const withRequiredBlocks = (context: unknown): unknown =>
  isRecord(context) ? { ...context, device: context['device'] ?? {}, connection: context['connection'] ?? {} } : context;

function collect(found: ValidationIssue[], schema: z.ZodType, value: unknown, path = ''): void {
  const result = schema.safeParse(value);
  if (!result.success) found.push(...toIssues(result.error.issues, path));
}

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

/** The problems of an app's identity; empty when there are none. */
export function identityIssues(app: unknown): ValidationIssue[] {
  if (!isRecord(app)) return [{ path: 'app', message: 'is required: { appKey, appVersion, test }' }];
  const found: ValidationIssue[] = [];
  collect(found, inputSchemas.identity[app['platform'] === 'kiip' ? 'kiip' : 'ninthdecimal'], app);
  return found;
}

/** The problems of a call's input; empty when there are none. */
function inputIssues(platform: Platform, input: CallInput<Platform>): ValidationIssue[] {
  const found: ValidationIssue[] = [];
  if ('momentId' in input) collect(found, inputSchemas.momentId, input.momentId, 'momentId');
  if (isRecord(input.context)) collect(found, inputSchemas.context[platform], withRequiredBlocks(input.context));
  else found.push({ path: 'context', message: 'is required: { device, connection, … }' });
  collect(found, inputSchemas.at, input.at, 'at');
  collect(found, inputSchemas.events, input.events, 'events');
  return found;
}

/** Whether the input passes; the quick question that the common case asks. */
function passes(platform: Platform, input: CallInput<Platform>): boolean {
  return (
    accepts(inputSchemas.context[platform], input.context) &&
    (!('momentId' in input) || accepts(inputSchemas.momentId, input.momentId)) &&
    (input.at === undefined || accepts(inputSchemas.at, input.at)) &&
    (input.events === undefined || accepts(inputSchemas.events, input.events))
  );
}

/**
 * Throws one {@link KiipValidationError} with every problem of the app and of the call's input.
 * `trusted` apps were checked when their client was made.
 */
export function assertValid<P extends Platform>(app: AppIdentity<P>, input: CallInput<P>, trusted: boolean): void {
  const platform = app?.platform === 'kiip' ? 'kiip' : 'ninthdecimal';
  const appIssues = trusted ? [] : identityIssues(app);
  if (appIssues.length === 0 && passes(platform, input)) return;
  throw new KiipValidationError([...appIssues, ...inputIssues(platform, input)]);
}
