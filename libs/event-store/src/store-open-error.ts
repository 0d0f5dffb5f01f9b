/**
 * Why a log could not be opened. Three pass by themselves: when the writer has made the log (`missing`), when it has brought one of an earlier version up to
 * this one (`upgrading`: it begins when the writer starts, and takes five seconds for each million events), when the server answers (`unreachable`).
 */
export type StoreOpenFailure =
  | 'missing'
  | 'upgrading'
  | 'locked'
  | 'not_ours'
  | 'newer_schema'
  | 'cannot_open'
  | 'sqlite_too_old'
  | 'bad_address'
  | 'unreachable'
  | 'tls_mismatch'
  | 'refused'
  | 'server_too_old';

/** A log could not be opened. The message is one sentence for whoever started the process. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly failure: StoreOpenFailure;

  constructor(failure: StoreOpenFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}
