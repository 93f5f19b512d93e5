import { compileOnDemand } from '../check/compiled.js';
import { listIssues } from '../check/issues.js';
import { checkCallOptions, listOptionIssues } from '../check/options.js';
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

/** The input of one call; `momentId` is present for a moment only. */
export interface CallInput<P extends Platform> {
  readonly context: DeviceContext<P>;
  readonly momentId?: string;
  readonly options: CallOptions;
}

/** The options of a call without options. */
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

function listMomentIssues(input: CallInput<Platform>): ValidationIssue[] {
  return 'momentId' in input ? listIssues(findMomentIdSchema(), input.momentId, 'momentId') : [];
}

function listCallOptionIssues(input: CallInput<Platform>): ValidationIssue[] {
  if (input.options === NO_OPTIONS) return [];
  const { session, moment } = inputSchemas.options;
  return listOptionIssues('momentId' in input ? moment : session, input.options);
}

/**
 * Checks a call's input and returns a copy of the context, so that getters and proxies cannot change it after the check.
 *
 * @param knownIssues - problems found earlier, such as the app's; thrown together with those of the input.
 * @throws KiipValidationError with every problem.
 */
export function readContext<P extends Platform>(
  app: AppIdentity<P>,
  input: CallInput<P>,
  knownIssues: readonly ValidationIssue[],
): DeviceContext<P> {
  const platform = readPlatform(app);
  const { success, data } = findContextSchema[platform]().safeParse(input.context);
  const ofMoment = listMomentIssues(input);
  const ofOptions = listCallOptionIssues(input);
  if (success && knownIssues.length + ofMoment.length + ofOptions.length === 0) return data as DeviceContext<P>;
  const ofContext = listContextIssues(platform, input.context);
  throw new KiipValidationError([...knownIssues, ...ofMoment, ...ofContext, ...ofOptions]);
}
