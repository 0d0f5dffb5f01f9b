import type { Sla } from '../sla/sla.ts';
import { unusable } from './app-figures.ts';
import { check, counted, firstOf, heldUnless } from './check.ts';
import type { Evidence, ProcessEnding } from './evidence.ts';
import { incoherences } from './coherence.ts';
import type { Check } from './verdict.ts';

/**
 * Rules E: whether there is evidence at all. What is missing is never taken for good. Where an app that died explains why something is
 * missing, the rule says so and leaves the verdict to C1.
 */
/** A gap that is shorter cannot hide a second. */
const GAP_MAX_MS = 500;
/** Scrapes are taken as near to the edges of the window as the runner manages. */
const SCRAPE_SLACK_MS = 5_000;

export function evidenceChecks(sla: Sla, evidence: Evidence, appDied: boolean): readonly Check[] {
  return [
    handedOver(evidence),
    ofThisRun(evidence),
    heldUnless('E3', incoherences(sla, evidence), 'every player, second and sum is there and agrees'),
    lived(evidence),
    faultless(evidence),
    watched(evidence),
    excusedBy(appDied, counters(evidence)),
    excusedBy(appDied, asked(evidence)),
    enough(sla, evidence),
  ];
}

function excusedBy(appDied: boolean, found: Check): Check {
  if (found.status !== 'broken' || !appDied) return found;
  return { ...found, status: 'noted', sentence: `${found.sentence}, as an app had died` };
}

function handedOver({ instruments, plan }: Evidence): Check {
  const faults = plan.instruments.flatMap(({ instrument }) => {
    const given = instruments.filter((each) => each.instrument === instrument);
    if (given.length > 1) return [`${instrument} handed over ${given.length} measurements`];
    const [only] = given;
    if (only === undefined) return [`${instrument} handed over nothing`];
    if (only.measurement === null) return [`${instrument}: ${only.unreadable ?? 'no measurement'}`];
    if (only.measurement.instrument !== instrument) {
      return [`what ${instrument} handed over is of ${only.measurement.instrument}`];
    }
    return [];
  });
  const planned = new Set(plan.instruments.map(({ instrument }) => instrument));
  faults.push(
    ...instruments.flatMap(({ instrument }) => (planned.has(instrument) ? [] : [`nobody planned for ${instrument}`])),
  );
  if (plan.instruments.length === 0) faults.push('the plan has no instrument');
  return heldUnless(
    'E1',
    faults,
    `handed over by ${plan.instruments.map(({ instrument }) => instrument).join(' and ')}`,
  );
}

function ofThisRun({ instruments, plan }: Evidence): Check {
  const faults = instruments.flatMap(({ instrument, measurement }) => {
    if (measurement === null) return [];
    const { runId, windowFromMs, windowUntilMs } = measurement;
    if (runId !== plan.runId) {
      return [
        `the measurement of ${instrument} is of run ${runId}, not of ${plan.runId}: a file left over, or not its own`,
      ];
    }
    if (windowFromMs !== plan.windowFromMs || windowUntilMs !== plan.windowUntilMs) {
      return [`${instrument} measured another window than the one planned`];
    }
    return [];
  });
  return heldUnless('E2', faults, `all are of run ${plan.runId}`);
}

function lived({ endings, plan }: Evidence): Check {
  const needed = [...plan.instruments.map(({ instrument }) => instrument), 'witness' as const];
  const apps = plan.target === 'embedded' ? (['gateway', 'command'] as const) : [];
  const unknown = apps.filter((app) => !endings.some(({ process }) => process === app));
  const faults = unknown.map((app) => `nobody knows how the ${app} ended`);
  for (const process of needed) faults.push(...untimely(process, endings));
  return heldUnless('E4', faults, `${needed.join(', ')} lived to the end`);
}

/** An app that ends is no fault of the evidence: rule C1 has it. */
function untimely(process: ProcessEnding['process'], endings: Evidence['endings']): string[] {
  const found = endings.filter((ending) => ending.process === process);
  if (found.length === 0) return [`nobody knows how ${process} ended`];
  return found.flatMap(({ asked, code, endedAtMs, signal }) => {
    if (endedAtMs === null) return [];
    if (signal !== null) return asked ? [] : [`${process} was ended by ${signal}`];
    if (code !== 0) return [`${process} ended with exit code ${code}`];
    return asked ? [] : [`${process} ended before it was asked to`];
  });
}

function faultless({ instruments }: Evidence): Check {
  const faults = instruments.flatMap(({ instrument, measurement }) => {
    if (measurement === null) return [];
    const count = Math.max(measurement.faultCount, measurement.faults.length);
    if (count === 0) return [];
    return [
      `${instrument} met ${counted(count, 'fault')}: ${firstOf(measurement.faults, 2) || 'it does not say which'}`,
    ];
  });
  return heldUnless('E5', faults, 'none');
}

function watched({ cpu, plan, preflight, witness }: Evidence): Check {
  const faults: string[] = [];
  if (preflight === null) faults.push('the machine was not looked at before the run');
  if (witness === null) faults.push('the witness left nothing');
  else faults.push(...gaps(witness, 'the witness', plan));
  faults.push(...gaps(cpu, 'the use of the CPU', plan));
  return heldUnless('E6', faults, 'CPU and witness are known for every second');
}

function gaps(
  intervals: readonly { readonly fromMs: number; readonly untilMs: number }[],
  what: string,
  { windowFromMs, windowUntilMs }: Evidence['plan'],
): string[] {
  let knownUntilMs = windowFromMs;
  let longestMs = 0;
  let atMs = windowFromMs;
  const note = (fromMs: number): void => {
    if (fromMs - knownUntilMs <= longestMs) return;
    longestMs = fromMs - knownUntilMs;
    atMs = knownUntilMs;
  };
  for (const { fromMs, untilMs } of [...intervals].sort((a, b) => a.fromMs - b.fromMs)) {
    note(Math.min(fromMs, windowUntilMs));
    knownUntilMs = Math.max(knownUntilMs, untilMs);
  }
  note(windowUntilMs);
  if (longestMs <= GAP_MAX_MS) return [];
  const second = Math.floor((atMs - windowFromMs) / 1_000);
  return [`${what} is not known for ${(longestMs / 1_000).toFixed(1)} s from second ${second} on`];
}

function counters({ apps, plan }: Evidence): Check {
  if (apps.length === 0 && plan.target === 'deployment') {
    return check('E7', 'not judged', 'the counters of the deployment are out of reach: S9 to S14 say nothing');
  }
  const faults = (['gateway', 'command'] as const).flatMap((app) => {
    const [found, ...more] = apps.filter((each) => each.app === app);
    if (found === undefined) return [`nobody scraped the ${app}`];
    if (more.length > 0) return [`the ${app} was scraped as two processes`];
    const why = unusable(found);
    if (why !== null) return [why];
    const offMs = Math.max(
      Math.abs(found.before!.takenAtMs - plan.windowFromMs),
      Math.abs(found.after!.takenAtMs - plan.windowUntilMs),
    );
    return offMs > SCRAPE_SLACK_MS ? [`the ${app} was scraped ${Math.round(offMs / 1_000)} s off the window`] : [];
  });
  return heldUnless('E7', faults, 'both apps were scraped before and after');
}

function asked({ instruments, states }: Evidence): Check {
  if (states === null) return check('E8', 'broken', 'the read API was not asked for the final states');
  const known = new Set(states.map(({ player }) => player));
  const unknown = instruments
    .flatMap(({ measurement }) => measurement?.players ?? [])
    .filter(({ player }) => !known.has(player));
  if (unknown.length === 0) return check('E8', 'held', `asked about ${counted(states.length, 'player')}`);
  return check(
    'E8',
    'broken',
    `the read API was not asked about ${counted(unknown.length, 'player')}, the first is ${unknown[0]!.player}`,
  );
}

function enough(sla: Sla, { plan }: Evidence): Check {
  const faults: string[] = [];
  const frames = Math.floor((plan.windowUntilMs - plan.windowFromMs) / plan.tickMs);
  const { framesPerPlayerMin } = sla.samples;
  if (!(frames >= framesPerPlayerMin)) {
    faults.push(`the window holds ${frames} frames a player, fewer than the ${framesPerPlayerMin} that a p99 needs`);
  }
  faults.push(
    ...plan.instruments.flatMap(({ instrument, playerCount }) =>
      playerCount > 0 ? [] : [`the plan has no player for ${instrument}`],
    ),
  );
  return heldUnless('E9', faults, `${frames} frames a player`);
}
