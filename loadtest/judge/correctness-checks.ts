import { check, counted, firstOf, heldUnless } from './check.ts';
import type { Evidence, ProcessEnding } from './evidence.ts';
import { type Totals } from './totals.ts';
import type { PlayerMeasurement } from '../measure/measurement.ts';
import type { Check } from './verdict.ts';

/** Rules C: whether the game is right. A wrong state fails whatever the speed, and no noise of a machine makes one. */
export function correctnessChecks(evidence: Evidence, totals: Totals): readonly Check[] {
  return [
    appsLived(evidence),
    eachPlayer('C2', totals, 'no revision is skipped', ({ revisionHoles }) =>
      revisionHoles === 0
        ? null
        : counted(
            revisionHoles,
            'revision that is not the one after the last',
            'revisions that are not the ones after the last',
          ),
    ),
    eachPlayer('C3', totals, 'no frame came twice', ({ framesDuplicate }) =>
      framesDuplicate === 0 ? null : `${counted(framesDuplicate, 'frame')} twice`,
    ),
    folds(evidence, totals),
    eachPlayer('C5', totals, 'each socket heard something', ({ framesDue, framesReceived }) =>
      framesDue > 0 && framesReceived === 0 ? `not one of ${framesDue} frames` : null,
    ),
    eachPlayer('C6', totals, 'all sockets stayed open', ({ closedWith }) =>
      closedWith === null ? null : `closed with ${closedWith}`,
    ),
  ];
}

/** Of a deployment nobody sees the processes: it is gone when each of its sockets was closed and its read API answers nothing. */
export function appDied({ endings, instruments, plan, states }: Evidence): boolean {
  if (plan.target === 'deployment') {
    const players = instruments.flatMap(({ measurement }) => measurement?.players ?? []);
    return states === null && players.length > 0 && players.every(({ closedWith }) => closedWith !== null);
  }
  return endings.some((ending) => isApp(ending) && ending.endedAtMs !== null && !ending.asked);
}

function isApp({ process }: ProcessEnding): boolean {
  return process === 'gateway' || process === 'command';
}

function appsLived({ endings, plan }: Evidence): Check {
  if (plan.target === 'deployment') return check('C1', 'not judged', 'the deployment was not started by this run');
  const faults = (['gateway', 'command'] as const).flatMap((app) => {
    const found = endings.filter(({ process }) => process === app);
    return found.flatMap(({ asked, code, endedAtMs, signal }) => {
      if (endedAtMs === null || asked) return [];
      const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
      return [`the ${app} ended ${how} ${place(endedAtMs, plan)}`];
    });
  });
  return heldUnless('C1', faults, 'both lived');
}

function place(atMs: number, { windowFromMs, windowUntilMs }: Evidence['plan']): string {
  if (atMs < windowFromMs) return 'before the window';
  if (atMs >= windowUntilMs) return 'after the window';
  return `in second ${Math.floor((atMs - windowFromMs) / 1_000)} of the window`;
}

function folds({ states }: Evidence, { commands, players }: Totals): Check {
  if (states === null) return check('C4', 'not judged', 'the read API was not asked');
  const ofPlayer = new Map(states.map((state) => [state.player, state]));
  const faults = players.flatMap(({ finalRevision, finalScore, gameId, player }) => {
    const record = ofPlayer.get(player);
    if (record === undefined) return [];
    const name = `player ${player} of game ${gameId}`;
    if (record.gameId !== gameId) return [`${name} is in game ${record.gameId} by the read API`];
    if (finalRevision === null) return [`${name} never had a state, the read API is at revision ${record.revision}`];
    if (finalRevision !== record.revision)
      return [`${name} ended at revision ${finalRevision}, the read API at ${record.revision}`];
    if (finalScore !== record.score) return [`${name} has the score ${finalScore}, by the read API ${record.score}`];
    const acknowledged = commands?.acknowledged.get(player) ?? 0;
    // More is no fault: the answer to what was carried out may be lost with its connection.
    if (record.score < acknowledged)
      return [
        `${name} was told of ${acknowledged} points, the read API has ${record.score}: what was acknowledged is lost`,
      ];
    return [];
  });
  return heldUnless('C4', faults, `${counted(states.length, 'state')} compared`);
}

function eachPlayer(
  rule: 'C2' | 'C3' | 'C5' | 'C6',
  { players }: Totals,
  held: string,
  fault: (player: PlayerMeasurement) => string | null,
): Check {
  if (players.length === 0) return check(rule, 'not judged', 'nobody was measured');
  const faults = players.flatMap((player) => {
    const found = fault(player);
    return found === null ? [] : [`player ${player.player} of game ${player.gameId}: ${found}`];
  });
  if (faults.length === 0) return check(rule, 'held', held);
  if (rule === 'C5' && faults.length === players.length) return check(rule, 'broken', 'no player got a single frame');
  return check(rule, 'broken', firstOf(faults));
}
