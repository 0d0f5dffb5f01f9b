import { parseProxies } from '../limits/client-address.ts';

/**
 * Kinds of settings: how the text of an environment variable becomes a value, and the rule in words for whoever got it wrong.
 * Called by settings.ts (the table) and load-config.ts; pure.
 */

/** Who reads a setting. `start` is the supervisor of `npm start`, `demo` its bots, `tests` the test runner. */
export type Reader = 'command' | 'gateway' | 'start' | 'demo' | 'tests';

export interface SettingFacts {
  /** Name of the environment variable. */
  readonly name: string;
  /** What it does, as one sentence for docs/configuration.md. */
  readonly meaning: string;
  readonly readBy: readonly Reader[];
  /** It may hold a password: NAME_FILE may name a file that it stands in (secret-files.ts). */
  readonly mayBeInFile?: true;
}

export interface Setting<T> extends SettingFacts {
  /** The rule that a value must keep, in words. */
  readonly rule: string;
  /** The value when nothing is set, as it would be typed; in words in brackets when it depends on other settings. */
  readonly defaultText: string;
  /** Its value is shown to nobody, also where it is wrong. */
  readonly isSecret?: true;
  /** `undefined` when the text breaks the rule. */
  parse(text: string): T | undefined;
  readonly default: T;
}

export function integer(
  facts: SettingFacts & { readonly default: number; readonly min: number; readonly max: number },
): Setting<number> {
  return {
    ...facts,
    rule: `a whole number from ${facts.min} to ${facts.max}`,
    defaultText: String(facts.default),
    parse(text) {
      const value = Number(text);
      return /^\d{1,9}$/.test(text) && value >= facts.min && value <= facts.max ? value : undefined;
    },
  };
}

export function port(facts: SettingFacts & { readonly default: number }): Setting<number> {
  return { ...integer({ ...facts, min: 0, max: 65_535 }), rule: 'a port from 0 to 65535 (0: any free one)' };
}

export function flag(facts: SettingFacts & { readonly default: boolean }): Setting<boolean> {
  return {
    ...facts,
    rule: '0 or 1',
    defaultText: facts.default ? '1' : '0',
    parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
  };
}

export function choice<const T extends string>(
  facts: SettingFacts & { readonly default: T; readonly choices: readonly T[] },
): Setting<T> {
  return {
    ...facts,
    rule: `one of ${facts.choices.join(', ')}`,
    defaultText: facts.default,
    parse: (text) => facts.choices.find((known) => known === text),
  };
}

export function text(
  facts: SettingFacts & { readonly default: string; readonly rule: string; readonly defaultText?: string },
): Setting<string> {
  return {
    ...facts,
    defaultText: facts.defaultText ?? facts.default,
    parse: (value) => (value.includes('\0') ? undefined : value),
  };
}

export function host(facts: SettingFacts & { readonly default: string }): Setting<string> {
  return {
    ...facts,
    rule: 'a host name or an IP address, without a port',
    defaultText: facts.default,
    parse: (value) => (/^[A-Za-z0-9._-]+$|^[0-9A-Fa-f:.]+$/.test(value) ? value : undefined),
  };
}

/** Origins of web pages as browsers send them, joined by commas, or * for any. */
export function origins(facts: SettingFacts): Setting<readonly string[]> {
  return {
    ...facts,
    default: [],
    defaultText: '(none)',
    rule: 'origins such as https://play.example, joined by commas: scheme, host in small letters, port unless it is the usual one, no path; or *, for any',
    parse(value) {
      if (value === '*') return ['*'];
      const list = value.split(',').map((one) => one.trim());
      return list.every(isOrigin) ? list : undefined;
    },
  };
}

const isOrigin = (text: string): boolean =>
  URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;

/** An address that others are told. Left alone it follows from other settings: `default` is then filled in by load-config.ts. */
export function address(
  facts: SettingFacts & { readonly schemes: readonly string[]; readonly defaultText: string },
): Setting<string> {
  return {
    ...facts,
    default: '',
    rule: `an address that starts with ${facts.schemes.map((scheme) => `${scheme}//`).join(' or ')}, without query, fragment or password`,
    parse(value) {
      // A bare ? or # at the end leaves no trace in the parsed URL, and spoils whatever is put behind it.
      if (/[?#]/.test(value) || !URL.canParse(value)) return undefined;
      const url = new URL(value);
      const plain = url.username === '' && url.password === '';
      return plain && facts.schemes.includes(url.protocol) ? value.replace(/\/+$/, '') : undefined;
    },
  };
}

/** Where Redis is. It may hold a password, so no fault shows it whole. */
export function redisUrl(facts: SettingFacts): Setting<string> {
  return {
    ...facts,
    default: '',
    defaultText: '(none: Redis is not used)',
    rule: 'redis://HOST:PORT or rediss://HOST:PORT (TLS), with USER:PASSWORD@ before the host and /DATABASE behind it where needed, and nothing else',
    parse(value) {
      if (/[?#]/.test(value) || !URL.canParse(value)) return undefined;
      const { hostname, pathname, protocol } = new URL(value);
      const isRedis = protocol === 'redis:' || protocol === 'rediss:';
      return isRedis && hostname !== '' && /^\/?\d{0,4}$/.test(pathname) ? value : undefined;
    },
  };
}

/** A path; '' when it is not set, and then `defaultText` says what holds. */
export function path(facts: SettingFacts & { readonly defaultText: string; readonly rule: string }): Setting<string> {
  return { ...facts, default: '', parse: (value) => (value.includes('\0') ? undefined : value) };
}

/** Random bytes as base64url, from the environment; '' when it is not set. */
export function secret(
  facts: SettingFacts & { readonly defaultText: string; readonly bytesMin: number },
): Setting<string> {
  return {
    ...facts,
    default: '',
    isSecret: true,
    rule: `${facts.bytesMin} random bytes or more as base64url, such as "openssl rand -base64 ${facts.bytesMin} | tr '+/' '-_' | tr -d '='" prints`,
    parse: (value) =>
      /^[\w-]+$/.test(value) && Buffer.from(value, 'base64url').length >= facts.bytesMin ? value : undefined,
  };
}

/** A rate limit, 0 for none. Time and burst are those of limits/rate-limiter.ts. */
export function perMinute(facts: SettingFacts & { readonly default: number }): Setting<number> {
  return { ...integer({ ...facts, min: 0, max: 1_000_000 }), rule: 'so many a minute, up to 1000000; 0: no limit' };
}

/** Addresses of machines, joined by commas. */
export function proxies(facts: SettingFacts): Setting<readonly string[]> {
  return {
    ...facts,
    default: [],
    defaultText: '(none)',
    rule: 'IP addresses or networks such as 10.0.0.0/8 or fd00::/8, joined by commas',
    parse: parseProxies,
  };
}
