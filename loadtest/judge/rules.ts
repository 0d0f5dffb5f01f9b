import type { Outcome } from './verdict.ts';

/**
 * The rules of the gate by number; docs/sla.md explains each under the same number, and a test holds the two together. E: is there evidence
 * at all. C: is the game right, whatever the speed. S: are the budgets held. V: may the figures be believed.
 */
export const RULES = {
  E1: { title: 'every instrument handed over its measurement', breaks: 'ERROR' },
  E2: { title: 'the measurements are of this run and window', breaks: 'ERROR' },
  E3: { title: 'the measurements are whole and agree with themselves', breaks: 'ERROR' },
  E4: { title: 'instruments and witness lived to the end', breaks: 'ERROR' },
  E5: { title: 'the instruments met no fault', breaks: 'ERROR' },
  E6: { title: 'machine and witness were watched without a gap', breaks: 'ERROR' },
  E7: { title: "the apps' counters are there, of the same processes", breaks: 'ERROR' },
  E8: { title: 'the read API was asked about every player', breaks: 'ERROR' },
  E9: { title: 'the plan measures enough for a verdict', breaks: 'ERROR' },
  C1: { title: 'both apps lived until they were asked to end', breaks: 'FAIL' },
  C2: { title: 'no revision is skipped or out of order', breaks: 'FAIL' },
  C3: { title: 'no frame comes twice', breaks: 'FAIL' },
  C4: { title: "each client's fold is what the read API says", breaks: 'FAIL' },
  C5: { title: 'no socket is silent', breaks: 'FAIL' },
  C6: { title: 'no socket is closed before the window is', breaks: 'FAIL' },
  S1: { title: 'command acknowledged, p50', breaks: 'FAIL' },
  S2: { title: 'command acknowledged, p99', breaks: 'FAIL' },
  S3: { title: 'commands with a wrong answer', breaks: 'FAIL' },
  S4: { title: 'event lag, p50', breaks: 'FAIL' },
  S5: { title: 'event lag, p99', breaks: 'FAIL' },
  S6: { title: 'tick lag of the worst player, p99', breaks: 'FAIL' },
  S7: { title: 'tick lag of all players, p99.9', breaks: 'FAIL' },
  S8: { title: 'frames missing', breaks: 'FAIL' },
  S9: { title: 'CPU of the gateway', breaks: 'FAIL' },
  S10: { title: 'CPU of the command app', breaks: 'FAIL' },
  S11: { title: 'memory of the gateway', breaks: 'FAIL' },
  S12: { title: 'memory of the command app', breaks: 'FAIL' },
  S13: { title: 'major collections a minute', breaks: 'FAIL' },
  S14: { title: 'longest pause by a collection', breaks: 'FAIL' },
  V1: { title: 'no lag is below zero', breaks: 'INVALID' },
  V2: { title: 'the machine was fit before the run', breaks: 'INVALID' },
  V3: { title: 'nobody else used the machine', breaks: 'INVALID' },
  V4: { title: 'the planned load was asked for', breaks: 'INVALID' },
  V5: { title: 'the instruments agree with each other', breaks: 'INVALID' },
  V6: { title: 'the generator was in time', breaks: 'INVALID' },
  V7: { title: 'the machine had room for the generator', breaks: 'INVALID' },
  V8: { title: 'undisturbed seconds alone break no budget', breaks: 'INVALID' },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly breaks: Outcome }>>;

export type RuleId = keyof typeof RULES;
