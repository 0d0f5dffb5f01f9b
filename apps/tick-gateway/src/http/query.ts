import { PAGE_ENTRIES_DEFAULT, PAGE_ENTRIES_MAX } from '@waymark/base';
import { Problem, shown, type ProblemPlace } from '@waymark/platform';

/**
 * Query parameters of the read API, checked by hand: there are five of them. Every fault of a request is reported at once, and an unknown
 * parameter is a fault: a misspelt filter must not look like an answer.
 */
export type Query = Readonly<Record<string, unknown>>;

/** Reads the parameters that `readers` names; the result has their names. Throws Problem. */
export function readQuery<Result extends Record<string, unknown>>(
  query: Query,
  readers: { readonly [Name in keyof Result]: (text: string | undefined) => Result[Name] },
): Result {
  const errors: ProblemPlace[] = [];
  const result: Record<string, unknown> = {};
  for (const parameter of Object.keys(query)) {
    if (Object.hasOwn(readers, parameter)) continue;
    const known = Object.keys(readers).join(', ');
    errors.push({
      parameter: shown(parameter),
      code: 'unknown-parameter',
      detail: known === '' ? 'takes none' : `known are ${known}`,
    });
  }
  for (const [parameter, read] of Object.entries(readers)) {
    const value = query[parameter];
    try {
      if (Array.isArray(value)) throw new RangeError('is given more than once');
      result[parameter] = read(value as string | undefined);
    } catch (error) {
      errors.push({ parameter, code: 'invalid-parameter', detail: `${parameter} ${(error as Error).message}` });
    }
  }
  if (errors.length > 0) throw new Problem('invalid-request', 'the query breaks a rule', { errors });
  return result as Result;
}

export const readLimit = (text: string | undefined): number =>
  text === undefined ? PAGE_ENTRIES_DEFAULT : wholeNumber(text, 1, PAGE_ENTRIES_MAX);

export const readId = (text: string | undefined): string | null => {
  if (text === undefined) return null;
  if (!/^[\w-]{1,64}$/.test(text)) throw new RangeError('is an id: 1 to 64 letters, digits, _ or -');
  return text;
};

/** A revision to read from, null when not given. */
export const readRevision = (text: string | undefined): number | null =>
  text === undefined ? null : wholeNumber(text, 0, 0xffff_ffff);

/** A position that must be projected before the answer is made, null when not given. */
export const readPosition = (text: string | undefined): number | null =>
  text === undefined ? null : wholeNumber(text, 0, Number.MAX_SAFE_INTEGER);

export function readChoice<Choice extends string>(
  choices: readonly Choice[],
): (text: string | undefined) => Choice | null {
  return (text) => {
    if (text === undefined) return null;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new RangeError(`is one of ${choices.join(', ')}`);
    return found;
  };
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new RangeError(`is a whole number from ${min} to ${max}`);
  return value;
}
