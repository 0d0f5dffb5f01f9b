import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../e2e/http.ts';
import type { Answered, Asked, Ledger } from './ledger.ts';

/**
 * One command until its definite answer: the same key and the same body again, to a command app that its key picks and then by turns to each, whatever broke in between. Notes both in the
 * ledger. Definite is what the command came to: done (2xx), or refused (4xx); an app that is overloaded, cannot reach its store or lost a race says
 * "again", and a connection that breaks says nothing.
 */
export interface Destination {
  readonly commandUrls: readonly string[];
  readonly token: string;
}

const AGAIN_MS = 100;
const ATTEMPT_MS_MAX = 4_000;
/** Of a key, as much as tells which command app is asked first: keys are random. */
const KEY_DIGITS = 8;
/** Statuses and problems that are not about the command. */
const AGAIN_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);
const AGAIN_PROBLEM = /revision-conflict$/;

export type NewCommand = Omit<Asked, 'kind'>;

export async function sendOnce({ commandUrls, token }: Destination, asked: NewCommand, attempt: number) {
  const { body, key, method, path } = asked;
  const first = Number.parseInt(key.slice(0, KEY_DIGITS), 16);
  const url = commandUrls[(first + attempt) % commandUrls.length]! + path;
  const request = { method, token, headers: { 'idempotency-key': key }, ...(body === null ? {} : { body }) };
  const answer = await Promise.race([ask(url, request), sleep(ATTEMPT_MS_MAX, null, { ref: false })]);
  if (answer === null || answer.status >= 500 || AGAIN_STATUSES.has(answer.status)) return null;
  if (AGAIN_PROBLEM.test(String(answer.body.type))) return null;
  const { ticket: _ticket, gatewayUrl: _gatewayUrl, ...told } = answer.body as Record<string, unknown>;
  const position = told['position'] ?? answer.headers.get('waymark-position');
  return { status: answer.status, body: { ...told, position: position === null ? null : Number(position) } };
}

export class Sender {
  /** Commands without an answer at this moment. */
  underWay = 0;
  answeredCount = 0;
  retriedCount = 0;
  private readonly destination: Destination;
  private readonly ledger: Ledger;
  private readonly signal: AbortSignal;

  constructor(destination: Destination, ledger: Ledger, signal: AbortSignal) {
    this.destination = destination;
    this.ledger = ledger;
    this.signal = signal;
  }

  /** Null when the run ended before there was an answer. */
  async send(command: NewCommand): Promise<Answered | null> {
    this.underWay += 1;
    try {
      await this.ledger.note({ kind: 'asked', ...command });
      for (let attempt = 0; !this.signal.aborted; attempt++) {
        const answer = await sendOnce(this.destination, command, attempt).catch(() => null);
        if (answer !== null) {
          const answered: Answered = { kind: 'answered', key: command.key, attempts: attempt + 1, ...answer };
          await this.ledger.note(answered);
          this.answeredCount += 1;
          if (attempt > 0) this.retriedCount += 1;
          return answered;
        }
        await sleep(AGAIN_MS);
      }
      return null;
    } finally {
      this.underWay -= 1;
    }
  }
}
