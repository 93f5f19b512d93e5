import { KiipClient } from '../../client/kiip-client.js';
import { KiipConfigError } from '../../errors/index.js';
import { adviseOn } from '../../request/advise.js';
import { buildMoment } from '../../request/build.js';
import { readContext } from '../context.js';
import { fromEnvironment } from '../environment.js';
import type { ExitCode } from '../exit-code.js';
import type { Output } from '../output.js';
import { tellEvent } from '../sandbox-events.js';
import { Stop } from '../stop.js';
import { checkEverything, hasCallbacks, STEP } from './check.js';
import type { Embedded } from './embedded.js';
import { stepPrinter, tellReport, tellTarget, type SmokeReport } from './report.js';
import { openTarget } from './target.js';

export interface SmokeOptions {
  readonly context?: string;
  readonly open?: boolean;
}

/** One call must not take longer than a person waits. */
const DEADLINE_MS = 15_000;

/** The main job: see `docs/cli.md#smoke`. @throws KiipConfigError, KiipValidationError when it cannot begin. */
export async function runSmoke(out: Output, options: SmokeOptions): Promise<ExitCode> {
  if (options.open === true && fromEnvironment('KIIP_APP_KEY') !== undefined) {
    throw new KiipConfigError(
      '--open shows the embedded sandbox, but KIIP_APP_KEY is set, which means the platform: unset it.',
    );
  }
  const context = await readContext(options.context, 'ninthdecimal');
  const target = await openTarget();
  const stop = new Stop();
  const { embedded, baseUrl, appKey, appVersion, momentId } = target;
  try {
    const client = new KiipClient({ appKey, appVersion, test: true, baseUrl, deadlineMs: DEADLINE_MS });
    try {
      const advice = adviseOn(buildMoment({ appKey, appVersion, test: true }, momentId, context));
      if (embedded !== null && fromEnvironment('KIIP_BASE_URL') !== undefined)
        out.note('KIIP_BASE_URL is not used without KIIP_APP_KEY.');
      tellTarget(out, target);
      const { steps, reward } = await checkEverything({
        client,
        target,
        context,
        listener: stepPrinter(out),
        stop: stop.signal,
      });
      const expected = Object.keys(STEP).length - (hasCallbacks(target, context) ? 0 : 1);
      const ok = steps.length === expected && steps.every((step) => step.ok);
      const report: SmokeReport = { ok, target: target.kind, baseUrl, steps, reward, advice };
      if (options.open !== true || embedded === null) tellReport(out, report, expected);
      else {
        // The reward of the check is redeemed by now, so there is a fresh one to look at.
        const fresh = await client.moment(momentId, context, { signal: stop.signal }).catch(() => null);
        const open = { inspector: `${baseUrl}/`, reward: fresh?.rewarded === true ? fresh.reward.bodyUrl.href : null };
        tellReport(out, { ...report, open }, expected);
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
