/** Names of the streams. An id holds no character that would need escaping (the command app checks it), so the name can be cut again. */
const QUEST_PREFIX = 'quest-';
const GAME_PREFIX = 'game-';

export const questStream = (questId: string): string => QUEST_PREFIX + questId;
export const gameStream = (gameId: string): string => GAME_PREFIX + gameId;

/** The quest's id, or null for a stream of another kind. */
export const questIdOfStream = (stream: string): string | null =>
  stream.startsWith(QUEST_PREFIX) ? stream.slice(QUEST_PREFIX.length) : null;

/** The game's id, or null for a stream of another kind. */
export const gameIdOfStream = (stream: string): string | null =>
  stream.startsWith(GAME_PREFIX) ? stream.slice(GAME_PREFIX.length) : null;
