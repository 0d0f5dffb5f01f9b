import { decodeEvent, type GameEvent, type QuestEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';

/** The event in an envelope of the log, in its newest form. Throws on data that is no event. */
export function decode(recorded: RecordedEvent): QuestEvent | GameEvent {
  return decodeEvent(recorded.type, recorded.metadata.schemaVersion, recorded.data);
}
