import { GATEWAY_BEAT_MS, GATEWAY_LIFE_MS, type Clock } from '@waymark/base';
import type { GatewayDirectory, GatewayEntry } from '../directory/gateway-directory.ts';
import type { SharedRedis } from './shared-redis.ts';

/**
 * The directory of gateways in Redis: a hash with an entry of each, which holds for GATEWAY_LIFE_MS by the clock of Redis. Gateways renew
 * theirs every GATEWAY_BEAT_MS and are told all in the same breath; the command app only reads. While Redis does not answer, what
 * was heard last holds for the rest of its life, and then nothing is known.
 */
export interface RedisDirectoryParts {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  readonly logId: string;
  /** Of a gateway, what it says of itself; null for a reader. */
  readonly own: (() => GatewayEntry) | null;
}

/** KEYS: the hash. ARGV: the life in ms, and of a gateway its id and its entry. Ids and "restMs entry" of all that live. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] then
  redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f', now + ARGV[1]) .. ' ' .. ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
local live = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends, entry = string.match(all[i + 1], '^(%d+) (.*)$')
  local rest = ends and (tonumber(ends) - now) or 0
  if rest > 0 then
    live[#live + 1] = all[i]
    live[#live + 1] = string.format('%.0f', rest) .. ' ' .. entry
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return live`;

export class RedisDirectory implements GatewayDirectory {
  private readonly parts: RedisDirectoryParts;
  private readonly key: string;
  private timer: NodeJS.Timeout | undefined;
  private entries: readonly GatewayEntry[] = [];
  /** When the first of them is taken for gone; they are all heard together. */
  private endsAt: readonly number[] = [];

  constructor(parts: RedisDirectoryParts) {
    this.parts = parts;
    this.key = `waymark:${parts.logId}:gateways`;
  }

  /** Begins to beat, or to listen. */
  start(): void {
    this.timer = setInterval(() => void this.beat(), GATEWAY_BEAT_MS);
    this.parts.redis.onChange(() => void this.beat());
    void this.beat();
  }

  live(): readonly GatewayEntry[] {
    const now = this.parts.clock.now();
    if (this.endsAt.every((endsAt) => endsAt > now)) return this.entries;
    this.entries = this.entries.filter((_, index) => this.endsAt[index]! > now);
    this.endsAt = this.endsAt.filter((endsAt) => endsAt > now);
    return this.entries;
  }

  /** Says now what `own` says now, and hears of all. */
  async beat(): Promise<void> {
    const { clock, own, redis } = this.parts;
    const entry = own?.();
    const told = entry === undefined ? [] : [entry.id, JSON.stringify(entry)];
    const askedAt = clock.now();
    const answer = await redis.ask((client) => client.eval(BEAT, 1, this.key, GATEWAY_LIFE_MS, ...told));
    if (answer === undefined) return;
    const heard = readEntries(answer as string[]);
    this.entries = heard.map(({ gateway }) => gateway);
    this.endsAt = heard.map(({ restMs }) => askedAt + restMs);
  }

  /** A gateway takes itself out. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    const id = this.parts.own?.().id;
    if (id !== undefined) await this.parts.redis.ask((client) => client.hdel(this.key, id));
  }
}

/** What is no entry was written by somebody else, or by another version: passed over. */
function readEntries(answer: readonly string[]): { gateway: GatewayEntry; restMs: number }[] {
  const found: { gateway: GatewayEntry; restMs: number }[] = [];
  for (let i = 0; i < answer.length; i += 2) {
    const text = answer[i + 1]!;
    const space = text.indexOf(' ');
    const gateway = readEntry(answer[i]!, text.slice(space + 1));
    if (gateway !== null) found.push({ gateway, restMs: Number(text.slice(0, space)) });
  }
  return found;
}

function readEntry(id: string, text: string): GatewayEntry | null {
  try {
    const { draining, sockets, url, version } = JSON.parse(text) as Partial<GatewayEntry>;
    if (typeof url !== 'string' || !/^wss?:\/\//.test(url) || !Number.isSafeInteger(sockets)) return null;
    return { id, url, sockets: sockets!, draining: draining === true, version: String(version) };
  } catch {
    return null;
  }
}
