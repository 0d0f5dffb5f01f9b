import type { Measurement, PlayerMeasurement, SparseHistogram } from '../measure/measurement.ts';
import type { Sla } from '../sla/sla.ts';
import { counted } from './check.ts';
import type { Evidence } from './evidence.ts';
import { countOf, countOver } from './lags.ts';
import { missingOf, sumOf } from './totals.ts';

/**
 * Rule E3: whether a measurement is whole. The same thing is told in several places (players, seconds, histograms); where they differ,
 * something was lost on the way or was counted against another budget than sla.json's, and then no figure of it can be believed.
 */
/** Where the window's edge falls between ticks, and which clock says so, is worth one tick at either end. */
const FRAMES_DUE_SLACK = 2;

export function incoherences(sla: Sla, evidence: Evidence): readonly string[] {
  const { instruments, plan } = evidence;
  const faults: string[] = [];
  const numbers = new Set<number>();
  let playerCount = 0;
  for (const { instrument, measurement } of instruments) {
    if (measurement === null) continue;
    const planned = plan.instruments.find((each) => each.instrument === instrument)?.playerCount ?? 0;
    if (measurement.players.length !== planned) {
      faults.push(`${instrument} measured ${measurement.players.length} of ${counted(planned, 'player')}`);
    }
    for (const { player } of measurement.players) {
      if (numbers.has(player)) faults.push(`player ${player} was measured twice`);
      numbers.add(player);
    }
    playerCount += measurement.players.length;
    faults.push(...faultsOf(measurement, sla, plan).map((fault) => `${instrument}: ${fault}`));
  }
  const outside = [...numbers].find((player) => player < 0 || player >= playerCount);
  if (outside !== undefined) faults.push(`player ${outside} is none of the ${playerCount} that were measured`);
  if (plan.commandsPerSecond > 0 && instruments.every(({ measurement }) => (measurement?.commands ?? null) === null)) {
    faults.push('no instrument tells of the commands that the plan wants sent');
  }
  const acknowledged = instruments.flatMap(({ measurement }) => measurement?.commands?.acknowledged ?? []);
  const told = new Set(acknowledged.map(([player]) => player));
  const untold = plan.commandsPerSecond > 0 ? [...numbers].find((player) => !told.has(player)) : undefined;
  if (untold !== undefined) faults.push(`nobody tells what was acknowledged to player ${untold}`);
  if (told.size < acknowledged.length) faults.push('what was acknowledged to a player is told twice');
  if (instruments.every(({ measurement }) => (measurement?.witness?.players.length ?? 0) === 0)) {
    faults.push('no instrument held a socket to the witness');
  }
  return faults;
}

function faultsOf(measurement: Measurement, sla: Sla, plan: Evidence['plan']): readonly string[] {
  const { commands, generator, players, seconds } = measurement;
  const faults: string[] = [];
  const windowMs = plan.windowUntilMs - plan.windowFromMs;
  const secondsDue = Math.ceil(windowMs / 1_000);
  if (seconds.length !== secondsDue) faults.push(`${seconds.length} of ${secondsDue} seconds`);
  const framesPlanned = Math.floor(windowMs / plan.tickMs);
  const framesDueMin = framesPlanned - Math.ceil(plan.excusedMsMax / plan.tickMs) - FRAMES_DUE_SLACK;
  for (const player of players) {
    if (player.framesDue < framesDueMin)
      faults.push(`player ${player.player} was due ${player.framesDue} frames of ${framesPlanned}`);
    else faults.push(...playerFaults(player, secondsDue));
  }

  const received = sumOf(players, (player) => player.framesReceived);
  const late = sumOf(players, (player) => player.framesLate);
  const missing = sumOf(players, missingOf);
  faults.push(
    ...differing('frames received', received, 'tick lags', countOf(measurement.tickLag)),
    ...differing(
      'frames due by players',
      sumOf(players, (p) => p.framesDue),
      'by seconds',
      sumOf(seconds, (s) => s.framesDue),
    ),
    ...differing(
      'frames late by players',
      late,
      'by seconds',
      sumOf(seconds, (s) => s.framesLate),
    ),
    ...differing(
      'event lags',
      countOf(measurement.eventLag),
      'events by seconds',
      sumOf(seconds, (s) => s.events),
    ),
    ...countedAgainst('frames', late - missing, measurement.tickLag, sla.budgets.tickLagWorstPlayerP99Ms.must),
  );
  const { witness } = measurement;
  if (witness !== null) {
    const seen = sumOf(witness.players, (player) => player.framesReceived);
    faults.push(...differing('frames of the witness', seen, 'its tick lags', countOf(witness.tickLag)));
  }
  if (received > 0 && countOf(generator.handlingDelay) === 0) faults.push('nothing about its handling delay');
  if (commands !== null) {
    const { answered, failed, intended, latency } = commands;
    faults.push(
      ...differing(
        'commands intended',
        intended,
        'by seconds',
        sumOf(seconds, (s) => s.commands),
      ),
      ...differing(
        'commands late',
        commands.late,
        'by seconds',
        sumOf(seconds, (s) => s.commandsLate),
      ),
    );
    if (answered > intended) faults.push(`${answered} answers to ${intended} commands`);
    // Whether an answer that was not the right one has a latency is left to the instrument.
    const timed = countOf(latency);
    if (timed > answered || timed < answered - failed) faults.push(`${timed} latencies of ${answered} answers`);
    else if (timed === answered) {
      faults.push(
        ...countedAgainst('commands', commands.late - (intended - answered), latency, sla.budgets.commandP99Ms.must),
      );
    }
    if (intended > 0 && countOf(generator.sendLateness) === 0) faults.push('nothing about how late it sent');
  }
  return faults;
}

function playerFaults(player: PlayerMeasurement, secondCount: number): string[] {
  const { framesDue, framesLate, framesReceived, lateSeconds } = player;
  const name = `player ${player.player}`;
  if (framesReceived > framesDue) return [`${name} got ${framesReceived} of ${framesDue} frames`];
  if (framesLate < missingOf(player) || framesLate > framesDue)
    return [`${name} has ${framesLate} frames late of ${framesDue}`];
  if (sumOf(lateSeconds, ([, late]) => late) !== framesLate)
    return [`${name}: late frames by seconds are not those in all`];
  if (lateSeconds.some(([second]) => second < 0 || second >= secondCount))
    return [`${name} was late outside the window`];
  return [];
}

function differing(what: string, count: number, other: string, otherCount: number): string[] {
  return count === otherCount ? [] : [`${count} ${what}, but ${otherCount} ${other}`];
}

function countedAgainst(what: string, late: number, histogram: SparseHistogram, budgetMs: number): string[] {
  const { least, most } = countOver(histogram, budgetMs);
  if (late >= least && late <= most) return [];
  return [
    `${late} ${what} came late, but its histogram has ${least} to ${most} over ${budgetMs} ms: counted against another budget`,
  ];
}
