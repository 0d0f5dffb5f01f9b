import type { Environment } from './environment.ts';
import { resolveEnvironment } from './environment.ts';
import type { HttpAnswer } from './http-caller.ts';
import { HttpCaller, answerNumber, answerText } from './http-caller.ts';
import type { ProblemPlace } from './http-errors.ts';

/**
 * The write side for authors and operators: a thin, typed wrapper of the command app's HTTP interface. Every call carries an
 * Idempotency-Key and is tried again as http-caller.ts says; a refusal is a ProblemError.
 */
export interface AuthorOptions extends Partial<Environment> {
  /** Base address of the command app, for example http://127.0.0.1:3000. */
  readonly commandUrl: string;
  /** Author token. */
  readonly token: string;
  /** Says in each command when it was sent, for measuring lag. Only where the clock is right: a day off is refused. */
  readonly tellsSentAt?: boolean;
}

export interface DraftedQuest {
  readonly questId: string;
  readonly revision: number;
  /** For `revise`. */
  readonly etag: string;
}

export interface PublishedVersion {
  readonly questId: string;
  readonly version: number;
  readonly contentHash: string;
}

export interface Validation {
  readonly valid: boolean;
  /** The first of them; `errorCount` says how many there are. */
  readonly errors: readonly ProblemPlace[];
  readonly errorCount: number;
  readonly warnings: readonly ProblemPlace[];
  readonly stats: Readonly<Record<string, unknown>>;
}

export interface GameOptions {
  readonly questId: string;
  /** The latest unless given. */
  readonly version?: number;
  /** Epoch ms, or ISO 8601 with a zone. */
  readonly startsAt?: number | string;
  readonly durationSeconds?: number;
  readonly maxPlayers?: number;
  /** Anybody may join without a code. */
  readonly open?: boolean;
}

export interface CreatedGame {
  readonly gameId: string;
  /** Null for an open game. */
  readonly joinCode: string | null;
  readonly revision: number;
}

/** What to do apart from the command's own fields. */
export interface CommandOptions {
  /** To repeat an earlier command whose outcome is not known. */
  readonly idempotencyKey?: string;
  /** Ends the command and its tries; it then fails with what it met last. */
  readonly signal?: AbortSignal;
}

export class AuthorClient {
  private readonly http: HttpCaller;
  private readonly token: string;
  private readonly sentAt: (() => number) | null;

  constructor(options: AuthorOptions) {
    const environment = resolveEnvironment(options);
    this.http = new HttpCaller(environment, options.commandUrl);
    this.token = options.token;
    this.sentAt = options.tellsSentAt === true ? environment.now : null;
  }

  /** Drafts a quest. A string is sent as it is, so that errors name its lines. */
  async draft(document: object | string, options: CommandOptions = {}): Promise<DraftedQuest> {
    return drafted(await this.write('POST', '/quests', document, options));
  }

  /** Replaces the draft that `etag` names. */
  async revise(
    questId: string,
    document: object | string,
    etag: string,
    options: CommandOptions = {},
  ): Promise<DraftedQuest> {
    const path = `/quests/${encodeURIComponent(questId)}`;
    return drafted(await this.write('PUT', path, document, options, { 'if-match': etag }));
  }

  async publish(questId: string, options: CommandOptions = {}): Promise<PublishedVersion> {
    const answer = await this.write('POST', `/quests/${encodeURIComponent(questId)}/publish`, undefined, options);
    return {
      questId: answerText(answer, 'questId'),
      version: answerNumber(answer, 'version'),
      contentHash: answerText(answer, 'contentHash'),
    };
  }

  async retire(questId: string, options: CommandOptions = {}): Promise<void> {
    await this.write('POST', `/quests/${encodeURIComponent(questId)}/retire`, undefined, options);
  }

  /** Checks a document; nothing is stored. An invalid quest is an answer here, not an error. */
  async validate(document: object | string): Promise<Validation> {
    const { body } = await this.write('POST', '/quests/validate', document, {});
    return {
      valid: body['valid'] === true,
      errors: places(body['errors']),
      errorCount: typeof body['errorCount'] === 'number' ? body['errorCount'] : places(body['errors']).length,
      warnings: places(body['warnings']),
      stats: (body['stats'] ?? {}) as Record<string, unknown>,
    };
  }

  async createGame(game: GameOptions, options: CommandOptions = {}): Promise<CreatedGame> {
    const answer = await this.write('POST', '/games', game, options);
    const joinCode = answer.body['joinCode'];
    return {
      gameId: answerText(answer, 'gameId'),
      joinCode: typeof joinCode === 'string' ? joinCode : null,
      revision: answerNumber(answer, 'revision'),
    };
  }

  start(gameId: string, options: CommandOptions = {}): Promise<number> {
    return this.order(gameId, 'start', options);
  }

  pause(gameId: string, options: CommandOptions = {}): Promise<number> {
    return this.order(gameId, 'pause', options);
  }

  resume(gameId: string, options: CommandOptions = {}): Promise<number> {
    return this.order(gameId, 'resume', options);
  }

  end(gameId: string, options: CommandOptions = {}): Promise<number> {
    return this.order(gameId, 'end', options);
  }

  /** Takes a player out of a game. */
  async removePlayer(gameId: string, playerId: string, options: CommandOptions = {}): Promise<void> {
    const path = `/games/${encodeURIComponent(gameId)}/players/${encodeURIComponent(playerId)}`;
    await this.write('DELETE', path, undefined, options);
  }

  /** The game's revision after the order. */
  private async order(gameId: string, verb: string, options: CommandOptions): Promise<number> {
    return answerNumber(
      await this.write('POST', `/games/${encodeURIComponent(gameId)}/${verb}`, undefined, options),
      'revision',
    );
  }

  private write(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: object | string | undefined,
    options: CommandOptions,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    return this.http.call({
      method,
      path,
      token: this.token,
      headers: this.sentAt === null ? headers : { 'waymark-sent-at': String(this.sentAt()), ...headers },
      ...(body === undefined ? {} : { body }),
      ...options,
    });
  }
}

function drafted(answer: HttpAnswer): DraftedQuest {
  return {
    questId: answerText(answer, 'questId'),
    revision: answerNumber(answer, 'revision'),
    etag: answer.etag ?? '',
  };
}

function places(value: unknown): readonly ProblemPlace[] {
  return Array.isArray(value) ? (value as ProblemPlace[]) : [];
}
