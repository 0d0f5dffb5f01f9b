import { assert } from '@waymark/base';

/**
 * What the client needs from where it runs, named as the web names it. Browsers and Node 24 have all of it as globals; anything can be
 * replaced by an option, which is how the tests run it on a virtual clock and a fake network.
 */
export interface Environment {
  readonly fetch: FetchLike;
  readonly WebSocket: SocketConstructor;
  /** The local time in epoch ms, with fractions where the platform has them. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** A fresh UUID, for Idempotency-Key. */
  readonly uuid: () => string;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
  readonly clearTimeout: (handle: unknown) => void;
}

export interface RequestLike {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export interface ResponseLike {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

export type FetchLike = (url: string, request: RequestLike) => Promise<ResponseLike>;

/** The part of the standard WebSocket that is used. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: (event: unknown) => void): void;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** Globals that are looked for; each may be missing where its option is given. */
interface Globals {
  readonly fetch?: FetchLike;
  readonly WebSocket?: SocketConstructor;
  readonly performance?: { readonly timeOrigin: number; now(): number };
  readonly crypto?: { getRandomValues(bytes: Uint8Array): Uint8Array };
  readonly setTimeout?: (run: () => void, delayMs: number) => unknown;
  readonly clearTimeout?: (handle: unknown) => void;
}

/** Fills what `options` leaves out from the globals. */
export function resolveEnvironment(options: Partial<Environment>): Environment {
  const globals = globalThis as unknown as Globals;
  const found = {
    fetch: options.fetch ?? bound(globals.fetch),
    WebSocket: options.WebSocket ?? globals.WebSocket,
    setTimeout: options.setTimeout ?? bound(globals.setTimeout),
    clearTimeout: options.clearTimeout ?? bound(globals.clearTimeout),
    uuid: options.uuid ?? (globals.crypto === undefined ? undefined : uuidFrom(globals.crypto)),
  };
  for (const [name, value] of Object.entries(found)) assert(value !== undefined, `${name} is a global or an option`);
  return {
    ...(found as Pick<Environment, keyof typeof found>),
    now: options.now ?? highResolutionNow(globals.performance),
    random: options.random ?? Math.random,
  };
}

/** Browsers insist that these are called on the window. */
function bound<Call extends (...args: never[]) => unknown>(call: Call | undefined): Call | undefined {
  return call?.bind(globalThis) as Call | undefined;
}

/** performance.now does not step when somebody sets the machine's clock, and has fractions. */
function highResolutionNow(performance: Globals['performance']): () => number {
  if (performance === undefined) return Date.now;
  return () => performance.timeOrigin + performance.now();
}

/** crypto.randomUUID is missing on pages without https, getRandomValues is not. */
function uuidFrom(crypto: { getRandomValues(bytes: Uint8Array): Uint8Array }): () => string {
  return () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}
