// The rules that the options of several modules share, so that each rule has one wording.
import * as z from '../zod.js';

/** The longest delay of a JavaScript timer, in milliseconds. A timer with a longer delay fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

const wholeNumber = (unit: string, from: number, to: number) => {
  const message =
    to === Number.MAX_SAFE_INTEGER
      ? `must be a whole number of ${unit} from ${from}`
      : `must be a whole number of ${unit} from ${from} to ${to}`;
  const fits = (value: number): boolean => Number.isSafeInteger(value) && value >= from && value <= to;
  return z.optional(z.number(message).refine(fits, message));
};

/** An optional whole number, with its unit for the message. */
export const count = (unit: string, from: number, to: number = Number.MAX_SAFE_INTEGER) => wholeNumber(unit, from, to);

/** An optional duration that a timer can keep. */
export const milliseconds = (from: number, to: number = MAX_TIMER_MS) => wholeNumber('milliseconds', from, to);

/** An optional boolean. */
export const flag = () => z.optional(z.boolean('must be true or false'));

/** An optional function. */
export const callable = () =>
  z.optional(z.custom((value) => value === undefined || typeof value === 'function', 'must be a function'));

/** An optional, non-empty text. */
export const text = (what: string) =>
  z.optional(z.string(`must be ${what}`).refine((value) => value.trim() !== '', `must be ${what}`));

/** An optional object that has all the named methods; `what` names it and where to get one. */
export const having = <T>(methods: readonly string[], what: string) =>
  z.optional(
    z.custom<T>((value) => {
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
      return methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
    }, `must be ${what}`),
  );

/** An optional `AbortSignal`, recognised by its members, so signals of another realm or a polyfill pass. */
export const signal = () =>
  z.optional(
    z.custom<AbortSignal>((value) => {
      const { aborted, addEventListener, removeEventListener } = (value ?? {}) as Partial<
        Record<keyof AbortSignal, unknown>
      >;
      return (
        typeof aborted === 'boolean' &&
        typeof addEventListener === 'function' &&
        typeof removeEventListener === 'function'
      );
    }, 'must be an AbortSignal, such as that of an AbortController'),
  );
