import { MEASUREMENT_VERSION, type Measurement } from '../measure/measurement.ts';
import { schemaCheck } from '../schema/schema-check.ts';
import type { InstrumentEvidence } from './evidence.ts';

/**
 * Takes what an instrument handed over: it comes from another process, so that it has the form of this version is looked at and not believed. Whatever is
 * wrong with it is evidence too, for rule E1: this throws nothing.
 */
const check = schemaCheck(new URL('../measure/measurement.schema.json', import.meta.url));

export function handedOver(instrument: Measurement['instrument'], value: unknown): InstrumentEvidence {
  if (value === null || value === undefined) return none(instrument, 'no measurement');
  const { version } = value as { version?: unknown };
  if (version !== MEASUREMENT_VERSION) {
    return none(instrument, `its measurement has version ${JSON.stringify(version)}, not ${MEASUREMENT_VERSION}`);
  }
  const [first] = check(value);
  if (first !== undefined) {
    return none(instrument, `its measurement is not as the schema wants it: ${first.pointer || 'it'} ${first.rule}`);
  }
  return { instrument, measurement: value as Measurement, unreadable: null };
}

function none(instrument: Measurement['instrument'], unreadable: string): InstrumentEvidence {
  return { instrument, measurement: null, unreadable };
}
