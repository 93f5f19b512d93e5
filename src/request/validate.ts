import { compileOnDemand } from '../check/compiled.js';
import { listIssues } from '../check/issues.js';
import { checkCallOptions, listOptionIssues } from '../check/check-options.js';
import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import type { AppIdentity, DeviceContext, Platform, SessionEvent } from './context.js';
import { inputSchemas } from './input-schema.js';

/** The options of a call that are part of its input. */
export interface CallOptions {
  readonly at?: Date | undefined;
  readonly events?: readonly SessionEvent[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly deadlineMs?: number | undefined;
}

/** The options of a call that was given none. Comparing with this object skips their check. */
export const NO_OPTIONS: CallOptions = Object.freeze({});

/** Compiled schemas for the check that every call goes through. When it fails, the plain schemas list the problems. */
const findContextSchema = {
  ninthdecimal: compileOnDemand(inputSchemas.context.ninthdecimal),
  kiip: compileOnDemand(inputSchemas.context.kiip),
};

const findMomentIdSchema = compileOnDemand(inputSchemas.momentId);

const REQUIRED_BLOCKS = ['device', 'connection'] as const;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks the options of a call that has no context.
 *
 * @throws KiipValidationError with every problem, unknown keys among them.
 */
export const checkSessionOptions = (options: CallOptions): void =>
  checkCallOptions(inputSchemas.options.session, options);

/** Returns the dialect of an app. Anything but `kiip` is checked as the default dialect. */
export const readPlatform = (app: { readonly platform?: unknown } | null | undefined): Platform =>
  app?.platform === 'kiip' ? 'kiip' : 'ninthdecimal';

/** Lists the problems of an app's identity. */
export function listIdentityIssues(app: unknown): ValidationIssue[] {
  if (!isRecord(app)) return [{ path: 'app', message: 'is required: { appKey, appVersion, test }' }];
  return listIssues(inputSchemas.identity[readPlatform(app)], app);
}

/** Lists the problems of a context. A missing required block is reported field by field. */
function listContextIssues(platform: Platform, context: unknown): ValidationIssue[] {
  if (!isRecord(context)) return [{ path: 'context', message: 'is required: { device, connection, … }' }];
  const found = listIssues(inputSchemas.context[platform], context);
  return found.flatMap((issue) => {
    const missing = REQUIRED_BLOCKS.find((name) => issue.path === name && (context[name] ?? null) === null);
    return missing === undefined ? [issue] : listIssues(inputSchemas.blocks[missing], {}, missing);
  });
}

function listCallOptionIssues(kind: keyof typeof inputSchemas.options, options: CallOptions): ValidationIssue[] {
  return options === NO_OPTIONS ? [] : listOptionIssues(inputSchemas.options[kind], options);
}

/**
 * Checks a session call's input and returns a copy of the context, so that getters and proxies cannot change it after the check.
 *
 * @param knownIssues - problems found earlier, such as the app's; thrown together with those of the input.
 * @throws KiipValidationError with every problem.
 */
export function readSessionContext<P extends Platform>(
  app: AppIdentity<P>,
  context: DeviceContext<P>,
  options: CallOptions,
  knownIssues: readonly ValidationIssue[],
): DeviceContext<P> {
  return readContext(app, context, knownIssues, listCallOptionIssues('session', options));
}

/** Checks a moment's input; see {@link readSessionContext}. */
export function readMomentContext<P extends Platform>(
  app: AppIdentity<P>,
  momentId: string,
  context: DeviceContext<P>,
  options: CallOptions,
  knownIssues: readonly ValidationIssue[],
): DeviceContext<P> {
  const ofMoment = listIssues(findMomentIdSchema(), momentId, 'momentId');
  const known = ofMoment.length === 0 ? knownIssues : [...knownIssues, ...ofMoment];
  return readContext(app, context, known, listCallOptionIssues('moment', options));
}

function readContext<P extends Platform>(
  app: AppIdentity<P>,
  context: DeviceContext<P>,
  issuesBefore: readonly ValidationIssue[],
  issuesAfter: readonly ValidationIssue[],
): DeviceContext<P> {
  const platform = readPlatform(app);
  const { success, data } = findContextSchema[platform]().safeParse(context);
  if (success && issuesBefore.length + issuesAfter.length === 0) return data as DeviceContext<P>;
  throw new KiipValidationError([...issuesBefore, ...listContextIssues(platform, context), ...issuesAfter]);
}
