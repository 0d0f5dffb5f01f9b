import { encodeEvent, gameStream, type GameEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';

let lastPosition = 0n;

/** A game's event as the store would hand it out; only its position is told apart from others. */
export function recordedGameEvent(gameId: string, event: GameEvent): RecordedEvent {
  const { data, schemaVersion, type } = encodeEvent(event);
  lastPosition += 1n;
  const id = `id-${lastPosition}`;
  const metadata = { schemaVersion, commandId: id };
  return { id, type, data, metadata, stream: gameStream(gameId), revision: 0n, position: lastPosition, created: 0 };
}
