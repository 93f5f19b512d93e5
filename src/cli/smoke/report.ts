import type { Advice } from '../../request/advise.js';
import type { Reward } from '../../response/moment.js';
import type { Output } from '../output.js';
import { printable } from '../terminal.js';
import { STEP } from './check.js';
import type { StepListener, StepReport } from './steps.js';
import type { Target } from './target.js';

/** The report that `smoke --json` prints. */
export interface SmokeReport {
  readonly ok: boolean;
  readonly target: Target['kind'];
  readonly baseUrl: string;
  readonly steps: readonly StepReport[];
  readonly reward: Reward | null;
  readonly advice: readonly Advice[];
  /** With `--open`: the pages to look at. */
  readonly open?: { readonly inspector: string; readonly reward: string | null };
}

function describeTarget({ kind, baseUrl, embedded }: Target): string {
  if (kind === 'platform') return `the platform, ${baseUrl}`;
  return embedded === null
    ? `the sandbox at ${baseUrl} (KIIP_APP_KEY is not set)`
    : `the embedded sandbox, ${baseUrl} (KIIP_APP_KEY is not set)`;
}

export function tellTarget(out: Output, target: Target): void {
  out.line(`${out.paint.bold('kiip-s2s smoke')} against ${printable(describeTarget(target))}`);
  out.line();
}

/** Prints each check as it ends, and shows the running one. */
export function stepPrinter(out: Output): StepListener {
  return {
    begins: (name) => out.progress(`… ${name}`),
    ended: ({ name, ok, ms, detail, error }) => {
      const time = `${ms.toFixed(1)} ms`.padStart(10);
      out.line(`${ok ? out.paint.green('✓') : out.paint.red('✗')} ${out.paint.dim(time)}  ${name}`);
      if (detail !== undefined) out.line(`${' '.repeat(14)}${out.paint.dim(printable(detail))}`);
      if (error !== undefined) out.line(`${' '.repeat(14)}${out.paint.red(printable(error))}`);
    },
  };
}

const ALL = Object.keys(STEP).length;

export function tellReport(out: Output, report: SmokeReport, expected: number, { embedded }: Target): void {
  out.data(report);
  const { steps, reward, advice } = report;
  out.line();
  if (reward !== null) {
    const { notification, bodyUrl, modal } = reward;
    tellField(out, 'Reward', `${reward.id}${reward.isTest ? ' (test)' : ''}`);
    tellField(out, 'Notification', notification === null ? 'none' : notification.rewardName);
    if (notification?.rewardImageUrl != null) tellField(out, 'Image', notification.rewardImageUrl);
    if (modal.title !== null) tellField(out, 'Title', modal.title);
    tellField(out, 'Body URL', bodyUrl.href);
  }
  tellField(out, 'Advice', advice.length === 0 ? 'none, the context has everything' : '');
  for (const { path, message } of advice) out.line(`  ${out.paint.yellow('!')} ${path} ${printable(message)}`);
  out.line();
  const failed = steps.filter(({ ok }) => !ok).length;
  const left = expected - steps.length;
  const notRun = left > 0 ? `, ${left} not run` : '';
  out.line(
    report.ok
      ? out.paint.green(`PASS: ${steps.length} of ${steps.length} checks`)
      : out.paint.red(`FAIL: ${failed} of ${expected} checks failed${notRun}`),
  );
  if (embedded === null) out.line(out.paint.dim('The redemption callback is checked on the embedded sandbox only.'));
  else if (expected < ALL)
    out.line(out.paint.dim('The redemption callback was not checked: the context has no user.userId.'));
}

const tellField = (out: Output, name: string, value: string): void =>
  out.line(`${`${name}:`.padEnd(14)}${printable(value)}`.trimEnd());
