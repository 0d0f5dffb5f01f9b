import { isObject, misshapenField, type JsonObject, type Shape } from './event-shapes.ts';

/**
 * Turns events into stored text and back. An event type has one current schema version; what was written under an older one is lifted
 * step by step when it is read, so that deciders and projections know only the current shape. Generic over the table of types, so that
 * the chain is tested with versions that do not exist yet.
 */
export interface EventFormat {
  /** The version that is written now, from 1. */
  readonly version: number;
  readonly shape: Shape;
  /** upcasters[i] lifts data of version i + 1 to version i + 2; there are version - 1 of them. */
  readonly upcasters: readonly Upcaster[];
}

export type Upcaster = (data: JsonObject) => JsonObject;

export interface EncodedEvent {
  readonly type: string;
  /** JSON text. */
  readonly data: string;
  readonly schemaVersion: number;
}

interface AnyEvent {
  readonly type: string;
  readonly data: object;
}

/** An event that this version of Waymark does not know: another type, or a schema version from the future. */
export class UnknownEventError extends Error {
  override readonly name = 'UnknownEventError';
  constructor(type: string, schemaVersion: number, why: string) {
    super(`cannot read event ${type} (schema version ${schemaVersion}): ${why}`);
  }
}

/** An event of a known type whose data is not what that type holds. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
  constructor(type: string, schemaVersion: number, why: string) {
    super(`event ${type} (schema version ${schemaVersion}) is malformed: ${why}`);
  }
}

export interface EventCodec<Event extends AnyEvent> {
  encode(event: Event): EncodedEvent;
  /** Throws UnknownEventError or MalformedEventError. */
  decode(type: string, schemaVersion: number, data: string): Event;
}

export function createCodec<Event extends AnyEvent>(
  formats: Readonly<Record<Event['type'], EventFormat>>,
): EventCodec<Event> {
  const table = new Map<string, EventFormat>(Object.entries(formats));

  const encode = (event: Event): EncodedEvent => ({
    type: event.type,
    data: JSON.stringify(event.data),
    schemaVersion: formats[event.type as Event['type']].version,
  });

  const decode = (type: string, schemaVersion: number, data: string): Event => {
    const format = table.get(type);
    if (format === undefined) throw new UnknownEventError(type, schemaVersion, 'there is no such type');
    if (!(Number.isInteger(schemaVersion) && schemaVersion >= 1 && schemaVersion <= format.version)) {
      throw new UnknownEventError(type, schemaVersion, `versions 1 to ${format.version} are known`);
    }
    let value = parse(type, schemaVersion, data);
    for (let version = schemaVersion; version < format.version; version++) {
      value = format.upcasters[version - 1]!(value);
    }
    const wrong = misshapenField(format.shape, value);
    if (wrong !== null) throw new MalformedEventError(type, schemaVersion, `field "${wrong}" is missing or wrong`);
    // The shape has been checked against the table; TypeScript cannot follow that from the string to the union member.
    return { type, data: value } as unknown as Event;
  };

  return { encode, decode };
}

function parse(type: string, schemaVersion: number, data: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw new MalformedEventError(type, schemaVersion, 'its data is not JSON');
  }
  if (!isObject(value)) throw new MalformedEventError(type, schemaVersion, 'its data is not a JSON object');
  return value;
}
