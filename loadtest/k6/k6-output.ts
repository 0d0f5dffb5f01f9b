import { InstrumentError } from '../instrument-error.ts';
import { assembleMeasurement, type MeasurementPart } from '../measure/measurement-part.ts';
import type { GeneratorMeasurement, Measurement } from '../measure/measurement.ts';
import type { K6Line, K6Plan } from './k6-plan.ts';

/**
 * Reads the lines that k6 wrote to its console file into one measurement, and refuses anything short of all of them: lines of another run, a
 * virtual user that never came to its end, a line cut off in the middle, a player who is missing or there twice.
 */
export function readK6Output(
  text: string,
  plan: K6Plan,
  usage: Pick<GeneratorMeasurement, 'cores' | 'rssBytes'>,
): Measurement {
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const byVu = new Map<number, K6Line>();
  for (const line of lines) {
    const read = parsed(line);
    if (read.runId !== plan.runId) throw unusable(`is of run ${read.runId}, not of ${plan.runId}`);
    byVu.set(read.vu, read);
  }
  if (byVu.size < plan.vus) {
    throw unusable(`has the end of ${byVu.size} of ${plan.vus} virtual users: k6 did not come to its own end`);
  }
  const users = [...byVu.values()];
  const measured = new Set(users.flatMap(({ players }) => players.players.map(({ player }) => player)));
  const missing = plan.players.find(({ player }) => !measured.has(player));
  if (missing !== undefined) throw unusable(`lacks player ${missing.player}`);
  const count = users.reduce((sum, { players }) => sum + players.players.length, 0);
  if (count !== plan.players.length) throw unusable(`has ${count} players, ${plan.players.length} were asked for`);
  return assembleMeasurement({
    instrument: 'k6',
    runId: plan.runId,
    windowFromMs: plan.fromMs,
    windowUntilMs: plan.untilMs,
    players: users.map(({ players }) => players),
    witness: plan.witness && users.flatMap(({ witness }): MeasurementPart[] => (witness === null ? [] : [witness])),
    commands: null,
    usage,
  });
}

function parsed(line: string): K6Line {
  try {
    return JSON.parse(line) as K6Line;
  } catch {
    throw unusable('has a line that is cut off');
  }
}

function unusable(what: string): InstrumentError {
  return new InstrumentError('output-unusable', `what k6 left behind ${what}`);
}
