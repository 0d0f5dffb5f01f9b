/**
 * An instrument of the gate did not deliver: the run has no measurement, so no verdict but ERROR. The message is one sentence for whoever reads
 * a build log.
 */
export type InstrumentErrorCode =
  /** The scenario asks for what cannot be played. */
  | 'bad-scenario'
  /** There is no k6 and no way to build it, or building it failed. */
  | 'k6-unavailable'
  /** The server could not be set up or reached. */
  | 'target-failed'
  /** A process of the gate ended before it had measured. */
  | 'instrument-ended'
  /** What an instrument left behind is missing, of another run, or not whole. */
  | 'output-unusable'
  /** It took longer than its time allows. */
  | 'timed-out';

export class InstrumentError extends Error {
  readonly code: InstrumentErrorCode;

  constructor(code: InstrumentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InstrumentError';
    this.code = code;
  }
}

/** What went wrong and, where it tells, what was at the bottom of it: "fetch failed" alone says nothing of a port that nobody listens on. */
export function sentenceOf(error: unknown): string {
  const { message } = error as Error;
  let bottom = error as { message?: unknown; cause?: unknown };
  while (typeof bottom.cause === 'object' && bottom.cause !== null) bottom = bottom.cause;
  const why = typeof bottom.message === 'string' ? bottom.message : '';
  return why === '' || message.includes(why) ? message : `${message} (${why})`;
}
