import { KiipClient } from '../../client/kiip-client.js';
import { KiipConfigError } from '../../errors/index.js';
import { adviseOn } from '../../request/advise.js';
import { adviseOnOutcome } from '../../request/advise-on-outcome.js';
import { buildMoment } from '../../request/build.js';
import type { AppIdentity, DeviceContext, Platform } from '../../request/context.js';
import { US_TEST_PLACE } from '../../request/places.js';
import { readContext } from '../context.js';
import { fromEnvironment, readSandboxUrl } from '../environment.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { tellEvent } from '../sandbox-events.js';
import { Stop } from '../stop.js';
import { checkEverything, hasCallbacks, STEP } from './check.js';
import type { Embedded } from './embedded.js';
import { createCommandTransport } from '../transport.js';
import { stepPrinter, tellReport, tellTarget, type SmokeReport } from './report.js';
import { openTarget, type Target } from './target.js';

export interface SmokeOptions {
  readonly context?: string;
  readonly open?: boolean;
  readonly platform: Platform;
  readonly dnsCompliance?: boolean;
  readonly fromUs?: boolean;
  readonly allowInsecure?: boolean;
}

/** The deadline of one call, in milliseconds. It is shorter than the client's own, because a person waits. */
const DEADLINE_MS = 15_000;

/** Runs the smoke check; see `docs/cli.md#smoke`. @throws KiipConfigError, KiipValidationError when it cannot begin. */
export async function runSmoke(out: Output, options: SmokeOptions): Promise<ExitCode> {
  checkFlags(options);
  const context = await readSmokeContext(options);
  const target = await openTarget();
  const stop = new Stop();
  const { embedded, baseUrl, momentId } = target;
  try {
    const app = buildIdentity(target, options);
    const client = new KiipClient<Platform>({
      ...app,
      baseUrl,
      deadlineMs: DEADLINE_MS,
      transport: createCommandTransport({ isEmbedded: embedded !== null }),
      ...(options.allowInsecure === true && { allowInsecure: true }),
    });
    try {
      const { platform } = options;
      const payload = buildMoment<Platform>(app, momentId, context);
      tellNotes(out, target);
      tellTarget(out, target);
      const { steps, reward, answer } = await checkEverything({
        client,
        target,
        context,
        listener: stepPrinter(out),
        stop: stop.signal,
      });
      const expected = Object.keys(STEP).length - (hasCallbacks(target, context) ? 0 : 1);
      const ok = steps.length === expected && steps.every((step) => step.ok);
      const advice = [...adviseOn(payload, { platform }), ...adviseOnOutcome(context, answer)];
      const report: SmokeReport = { ok, target: target.kind, baseUrl, steps, reward, advice };
      if (options.open !== true || embedded === null) tellReport(out, report, expected, target);
      else {
        // The check has redeemed its reward, so get a fresh one to look at.
        const fresh = await client.moment(momentId, context, { signal: stop.signal }).catch(() => null);
        const open = { inspector: `${baseUrl}/`, reward: fresh?.rewarded === true ? fresh.reward.bodyUrl.href : null };
        tellReport(out, { ...report, open }, expected, target);
        await stayOpen(out, embedded, open, stop);
      }
      return ok ? 0 : 1;
    } finally {
      await client.close();
    }
  } finally {
    stop.release();
    await embedded?.close();
  }
}

function checkFlags({ open, platform, dnsCompliance }: SmokeOptions): void {
  const problems: string[] = [];
  if (open === true && fromEnvironment('KIIP_APP_KEY') !== undefined)
    problems.push('--open shows the embedded sandbox, but KIIP_APP_KEY is set, which means the platform: unset it');
  if (open === true && readSandboxUrl('KIIP_BASE_URL') !== undefined)
    problems.push('--open shows the embedded sandbox, but KIIP_BASE_URL names another one: unset it');
  if (dnsCompliance === true && platform === 'kiip') problems.push('--dns-compliance needs --platform ninthdecimal');
  if (problems.length > 0) throw new KiipConfigError(`Nothing was checked: ${problems.join('; ')}.`);
}

async function readSmokeContext({ context: path, platform, fromUs }: SmokeOptions): Promise<DeviceContext<Platform>> {
  const context = await readContext<Platform>(path, platform);
  if (fromUs !== true) return context;
  const { lat, lng } = US_TEST_PLACE.location;
  return {
    ...context,
    connection: { ...context.connection, ...US_TEST_PLACE.connection },
    location: platform === 'kiip' ? { lat, lng } : US_TEST_PLACE.location,
  } as DeviceContext<Platform>;
}

function buildIdentity(
  { appKey, appVersion }: Target,
  { platform, dnsCompliance }: SmokeOptions,
): AppIdentity<Platform> {
  return { appKey, appVersion, test: true, platform, ...(dnsCompliance === true && { dnsCompliance: true }) };
}

function tellNotes(out: Output, { kind, embedded, momentId, isMomentMadeUp }: Target): void {
  if (embedded !== null && fromEnvironment('KIIP_BASE_URL') !== undefined)
    out.note('KIIP_BASE_URL is ignored, because KIIP_APP_KEY is not set.');
  if (kind === 'platform' && isMomentMadeUp)
    out.note(
      `KIIP_MOMENT_ID is not set, so the made-up moment ${momentId} is asked for. The platform may refuse it: set KIIP_MOMENT_ID to one of the app's moments.`,
    );
}

async function stayOpen(
  out: Output,
  { sandbox }: Embedded,
  open: NonNullable<SmokeReport['open']>,
  stop: Stop,
): Promise<void> {
  out.line();
  out.line(`${'Inspector:'.padEnd(14)}${open.inspector}`);
  out.line(`${'Reward:'.padEnd(14)}${open.reward ?? 'none'}`);
  out.line(out.paint.dim('The sandbox stays until Ctrl-C.'));
  out.line();
  const unsubscribe = out.json ? null : sandbox.subscribe((event) => tellEvent(out, event));
  await stop.wait(out);
  unsubscribe?.();
}
