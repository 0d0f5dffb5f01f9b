import { isDeepStrictEqual } from 'node:util';
import type { RecordedEvent } from '@waymark/event-store';
import type { Finding } from './finding.ts';
import { domainFold, naiveFold, type FoldedGame } from './folds.ts';
import type { Entry } from './ledger.ts';
import { WALKER_PREFIX } from './watchers.ts';

/** What must be true of a log at rest, by itself and against the ledger. Pure: run.ts reads the log and the ledger's file. */
export interface AuditedLog {
  readonly findings: readonly Finding[];
  readonly games: readonly FoldedGame[];
}

export function auditLog(
  log: readonly RecordedEvent[],
  ledger: ReadonlyMap<string, Entry>,
  positionsAreDense: boolean,
): AuditedLog {
  const { findings: foldFaults, games } = foldBoth(log);
  return { findings: [...orderFaults(log, positionsAreDense), ...ledgerFaults(log, ledger), ...foldFaults], games };
}

/** Positions and revisions follow each other; no id is in a stream twice; no player reaches a place twice. */
function orderFaults(log: readonly RecordedEvent[], positionsAreDense: boolean): Finding[] {
  const findings: Finding[] = [];
  const nextOf = new Map<string, bigint>();
  const seen = new Set<string>();
  let before = 0n;
  for (const { data, id, position, revision, stream, type } of log) {
    const follows = positionsAreDense ? position === before + 1n : position > before;
    if (!follows) findings.push({ rule: 'log-order', what: `position ${position} comes after ${before}` });
    before = position;
    const due = nextOf.get(stream) ?? 0n;
    if (revision !== due) findings.push({ rule: 'log-order', what: `${stream} has ${revision} where ${due} is due` });
    nextOf.set(stream, revision + 1n);
    const facts = [`event ${id}`];
    if (type === 'WaypointReached') {
      const { playerId, waypoint } = JSON.parse(data) as { playerId: string; waypoint: number };
      facts.push(`waypoint ${waypoint} of ${playerId}`);
    }
    for (const fact of facts) {
      const key = `${stream} ${fact}`;
      if (seen.has(key)) findings.push({ rule: 'doubled', what: `${stream} has ${fact} twice` });
      seen.add(key);
    }
  }
  return findings;
}

/** Each command of these runs makes exactly one event. */
function ledgerFaults(log: readonly RecordedEvent[], ledger: ReadonlyMap<string, Entry>): Finding[] {
  const findings: Finding[] = [];
  const byKey = Map.groupBy(log, ({ metadata }) => metadata.commandId);
  for (const [key, events] of byKey) {
    if (ledger.has(key)) continue;
    for (const event of events.filter((one) => !isOfWalker(one))) {
      findings.push({
        rule: 'stranger',
        what: `${event.type} at ${event.stream}/${event.revision}: nobody asked for it`,
      });
    }
  }
  for (const entry of ledger.values()) {
    const fault = entryFault(entry, byKey.get(entry.asked.key) ?? []);
    if (fault !== null) findings.push(fault);
  }
  return findings;
}

function entryFault({ answered, asked }: Entry, events: readonly RecordedEvent[]): Finding | null {
  const name = `${asked.command} ${asked.key}`;
  if (events.length > 1) return { rule: 'doubled', what: `${name} has ${events.length} events` };
  if (answered === null) return { rule: 'unsettled', what: `${name} was never answered` };
  const [event] = events;
  if (answered.status >= 300) {
    // Of a command that was sent again an earlier sending may arrive after the refusal: once is allowed, as for what was never answered.
    if (event === undefined || answered.attempts > 1) return null;
    return { rule: 'refused-yet-there', what: `${name} was refused (${answered.status}) and is at ${placeOf(event)}` };
  }
  if (event === undefined) return { rule: 'lost', what: `${name} was acknowledged and is not in the log` };
  const { position, revision } = answered.body;
  const isThere =
    (asked.stream === null || event.stream === asked.stream) &&
    (revision === undefined || Number(event.revision) === revision) &&
    (position === null || Number(event.position) === position);
  if (isThere) return null;
  const told = `revision ${String(revision)}, position ${String(position)}`;
  return { rule: 'misplaced', what: `${name} was acknowledged at ${told} and is at ${placeOf(event)}` };
}

const placeOf = ({ position, revision, stream }: RecordedEvent): string =>
  `${stream}/${revision}, position ${position}`;

function isOfWalker({ data, type }: RecordedEvent): boolean {
  if (type !== 'PlayerJoined' && type !== 'WaypointReached') return false;
  return (JSON.parse(data) as { playerId: string }).playerId.startsWith(WALKER_PREFIX);
}

function foldBoth(log: readonly RecordedEvent[]): AuditedLog {
  try {
    const games = domainFold(log);
    const plain = new Map(naiveFold(log).map((game) => [game.gameId, game]));
    const differing = games.filter((game) => !isDeepStrictEqual(game, plain.get(game.gameId)));
    const findings = differing.map(({ gameId }): Finding => {
      return { rule: 'fold-differs', what: `the domain's fold of ${gameId} is not the sum of its events` };
    });
    return { games, findings };
  } catch (error) {
    return { games: [], findings: [{ rule: 'log-order', what: `the log cannot be folded: ${String(error)}` }] };
  }
}
