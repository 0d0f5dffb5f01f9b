import { Redis } from 'ioredis';

/**
 * The one place where connections to Redis are opened. Loaded only when REDIS_URL is set (`await import('@waymark/platform/redis')`). A
 * connection is made again for ever and never rejects anybody's start: while it is down, `isUp` is false, `fault` says why in one sentence
 * without the password, and commands fail at once instead of queueing. The log hears of changes, not of attempts. Never
 * resent by itself: after a lost connection nobody knows what was done, and each caller settles that in its own way.
 */
export interface RedisLink {
  readonly client: Redis;
  /** It is connected, let us in, and is a Redis that we can use. */
  readonly isUp: boolean;
  /** Why it is not up; null while it is. */
  readonly fault: string | null;
  /** Called after each change of isUp. */
  onChange(listener: () => void): void;
  /** Drops the connection and makes it anew: for callers whose command was not answered in time. */
  reconnect(reason: string): void;
  close(): void;
}

export interface RedisLinkOptions {
  /** REDIS_URL, as the settings took it. */
  readonly url: string;
  /** What it is for, such as `relay`: named in the log and in Redis' CLIENT LIST. */
  readonly purpose: string;
  readonly log: Pick<Console, 'info' | 'warn'>;
}

/** XTRIM MINID came with it. */
const VERSION_MIN = [6, 2] as const;
const CONNECT_MS_MAX = 2_000;
const RECONNECT_MS_MIN = 50;
const RECONNECT_MS_MAX = 1_000;

export function openRedis(options: RedisLinkOptions): RedisLink {
  return new Link(options);
}

class Link implements RedisLink {
  readonly client: Redis;
  isUp = false;
  fault: string | null = 'not connected yet';
  private readonly place: string;
  /** For what may be TLS on one side only; empty once the connection was up. */
  private tlsHint: string;
  private readonly purpose: string;
  private readonly log: RedisLinkOptions['log'];
  private readonly listeners: (() => void)[] = [];
  private readyTimer: NodeJS.Timeout | undefined;
  private loggedFault: string | null = null;
  private isClosed = false;

  constructor({ log, purpose, url }: RedisLinkOptions) {
    this.log = log;
    this.purpose = purpose;
    this.place = redisPlace(url);
    this.tlsHint = url.startsWith('rediss:')
      ? '; perhaps it does not speak TLS (rediss://)'
      : '; perhaps it speaks TLS alone (rediss://)';
    this.client = new Redis(url, {
      connectionName: `waymark-${purpose}`,
      connectTimeout: CONNECT_MS_MAX,
      retryStrategy: (times) => Math.min(RECONNECT_MS_MIN * 2 ** Math.min(times, 10), RECONNECT_MS_MAX),
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
      // Whoever subscribes does it anew when the connection is up: before that, the ready check would be refused.
      autoResubscribe: false,
      // The ready check is ours: it looks at the version and the mode as well.
      enableReadyCheck: false,
    });
    this.client.on('connect', () => this.armReadyTimer());
    this.client.on('ready', () => void this.check());
    this.client.on('error', (error: Error) =>
      this.down(`${explain(error)}${/ETIMEDOUT|ECONNRESET|EPIPE/.test(error.message) ? this.tlsHint : ''}`),
    );
    this.client.on('close', () => this.down(null));
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  reconnect(reason: string): void {
    if (this.isClosed) return;
    this.down(reason);
    this.client.disconnect(true);
  }

  close(): void {
    this.isClosed = true;
    this.isUp = false;
    clearTimeout(this.readyTimer);
    this.client.disconnect();
  }

  private armReadyTimer(): void {
    if (this.isClosed) return;
    clearTimeout(this.readyTimer);
    this.readyTimer = setTimeout(
      () => this.reconnect(`it takes connections and does not answer within ${CONNECT_MS_MAX} ms${this.tlsHint}`),
      CONNECT_MS_MAX,
    );
  }

  private async check(): Promise<void> {
    try {
      const fault = unusable(await this.client.info());
      // ioredis goes on in database 0 when it is refused the one of the address.
      const { db = 0 } = this.client.options;
      if (db !== 0) await this.client.select(db);
      clearTimeout(this.readyTimer);
      if (this.isClosed || this.client.status !== 'ready') return;
      if (fault === null) this.up();
      else this.refuse(fault);
    } catch (error) {
      // A connection that went meanwhile is told of by its close.
      if (!this.isClosed && this.client.status === 'ready') this.refuse(explain(error as Error));
    }
  }

  /** It answers, and not what we can use: looked at again with the slowest retry. */
  private refuse(fault: string): void {
    clearTimeout(this.readyTimer);
    this.down(fault);
    this.readyTimer = setTimeout(() => {
      if (this.client.status === 'ready') this.client.disconnect(true);
    }, RECONNECT_MS_MAX);
  }

  private up(): void {
    this.isUp = true;
    this.fault = null;
    this.loggedFault = null;
    this.tlsHint = '';
    this.log.info(`Redis at ${this.place} is used (${this.purpose})`);
    this.tell();
  }

  private down(why: string | null): void {
    if (this.isClosed) return;
    const wasUp = this.isUp;
    this.isUp = false;
    // The close that follows an error says nothing new.
    const fault = why ?? (wasUp || this.fault === null ? 'it closed the connection' : this.fault);
    this.fault = fault;
    if (this.loggedFault !== fault && (wasUp || why !== null)) {
      this.loggedFault = fault;
      this.log.warn(`Redis at ${this.place} is not used (${this.purpose}): ${fault}`);
    }
    if (wasUp) this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Host and port of REDIS_URL, without user and password. */
export function redisPlace(url: string): string {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || '6379'}`;
}

function explain(error: Error): string {
  const { message } = error;
  if (/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR Client sent AUTH)/.test(message))
    return `it refuses the user or password of REDIS_URL (${message.slice(0, message.search(/[ .]/))})`;
  if (message.startsWith('ERR DB index')) return 'it has no such database number as REDIS_URL names';
  if (message.startsWith('LOADING')) return 'it is loading its data';
  if (/Protocol error|Parser|Unknown RESP type/i.test(`${error.name} ${message}`))
    return 'what answers there is not Redis';
  if (/ssl|tls|certificate|wrong version number/i.test(message)) return `TLS fails (${message.trim()})`;
  // Which call it was that failed changes from one attempt to the next.
  return `it is not reached (${message.replace(/^(read|write) (?=E[A-Z]+$)/, '')})`;
}

/** Why this Redis cannot be used, by its INFO; null when it can. */
function unusable(info: string): string | null {
  const version = /^redis_version:(\d+)\.(\d+)/m.exec(info);
  if (version === null) return 'what answers there is not Redis';
  if (/^loading:1/m.test(info)) return 'it is loading its data';
  if (/^redis_mode:cluster/m.test(info)) return 'it is a cluster; Waymark takes one Redis, or its primary';
  const [major, minor] = [Number(version[1]), Number(version[2])];
  const [majorMin, minorMin] = VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return null;
  return `it is Redis ${major}.${minor}; ${majorMin}.${minorMin} or newer is needed`;
}
