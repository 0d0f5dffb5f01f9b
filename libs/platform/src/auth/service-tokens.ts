import type { Clock } from '@waymark/base';
import { signInternal } from './internal-token.ts';
import type { Keyring } from './keyring.ts';
import { TokenCheck, type Verdict } from './token-check.ts';

/** Tokens with which one of our processes calls another: the gateway signs, the command app verifies. Short-lived, renewed by itself. */
export interface ServiceClaims {
  /** Name of the process that calls: 'gateway'. */
  readonly service: string;
}

const AUDIENCE = 'waymark:service';
const LIFE_SECONDS = 600;
/** Renewed while the old one still holds, so that no call waits for a signature. */
const RENEW_AFTER_MS = 300_000;
const REMEMBERED_MAX = 256;

export class ServiceTokens {
  private readonly keyring: Keyring;
  private readonly clock: Clock;
  private readonly check: TokenCheck<ServiceClaims>;
  private readonly own = new Map<string, { readonly token: string; readonly renewAtMs: number }>();

  constructor(keyring: Keyring, clock: Clock) {
    this.keyring = keyring;
    this.clock = clock;
    this.check = new TokenCheck({
      key: keyring.internal,
      algorithms: ['HS256'],
      audience: AUDIENCE,
      what: 'service token',
      rememberedMax: REMEMBERED_MAX,
      clock,
      read: ({ sub }) => (typeof sub === 'string' ? { service: sub } : undefined),
    });
  }

  /** A token that is good for some minutes yet; the same one until it is time for another. */
  current(service: string): string | Promise<string> {
    const own = this.own.get(service);
    if (own !== undefined && own.renewAtMs > this.clock.now()) return own.token;
    return this.renew(service);
  }

  verify(token: string): Verdict<ServiceClaims> | Promise<Verdict<ServiceClaims>> {
    return this.check.verify(token);
  }

  private async renew(service: string): Promise<string> {
    const renewAtMs = this.clock.now() + RENEW_AFTER_MS;
    const token = await signInternal(this.keyring, this.clock, {
      audience: AUDIENCE,
      claims: { sub: service },
      expiresAtSeconds: Math.ceil(this.clock.now() / 1000) + LIFE_SECONDS,
    });
    this.own.set(service, { token, renewAtMs });
    return token;
  }
}
