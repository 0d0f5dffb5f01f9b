import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Apps } from './apps.ts';
import { ask, type Answered } from './http.ts';

/**
 * Commands that a test has sent, each under its Idempotency-Key, and what was answered to them: what the log is held against after a crash.
 * An answer that never came is kept as such until `settle` has asked again.
 */
export interface Command {
  readonly key: string;
  readonly gameId: string;
  readonly path: string;
  readonly body: object;
  readonly token: string | undefined;
  /** Null while unanswered: sent perhaps, stored perhaps. */
  answer: Answered | null;
}

const SETTLE_TRIES_MAX = 20;
const SETTLE_PAUSE_MS = 100;

export class CommandLedger {
  readonly commands: Command[] = [];
  private readonly apps: Apps;

  constructor(apps: Apps) {
    this.apps = apps;
  }

  get acknowledged(): Command[] {
    return this.commands.filter(({ answer }) => answer !== null);
  }

  get unanswered(): Command[] {
    return this.commands.filter(({ answer }) => answer === null);
  }

  /** The answer, or null when the connection broke before there was one. */
  async send(gameId: string, path: string, body: object, token?: string): Promise<Answered | null> {
    const command: Command = { key: randomUUID(), gameId, path: `/games/${gameId}${path}`, body, token, answer: null };
    this.commands.push(command);
    command.answer = await this.request(command).catch(() => null);
    return command.answer;
  }

  /** The same command once more. */
  request({ body, key, path, token }: Command): Promise<Answered> {
    return ask(this.apps.commandUrl + path, { method: 'POST', body, token, headers: { 'idempotency-key': key } });
  }

  /** Asks again for what was not answered, until it is. */
  async settle(): Promise<void> {
    for (const command of this.unanswered) {
      for (let attempt = 1; command.answer === null; attempt++) {
        command.answer = await this.request(command).catch(() => null);
        if (attempt === SETTLE_TRIES_MAX) throw new Error(`${command.path} is not answered`);
        if (command.answer === null) await sleep(SETTLE_PAUSE_MS);
      }
    }
  }
}

/** What must be the same in every answer to one command. Tickets are used once, so each answer has a fresh one. */
export function outcomeOf({ body, status }: Answered): unknown {
  const { ticket: _ticket, ...rest } = body as Record<string, unknown>;
  return { status, ...rest };
}
