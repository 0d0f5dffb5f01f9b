/**
 * Names for numbers and strings that must not be mixed up at the edges of the system. Inside hot loops they are plain numbers.
 * A brand costs nothing at run time.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type GameId = Brand<string, 'GameId'>;
export type PlayerId = Brand<string, 'PlayerId'>;

/** Time since the Unix epoch in milliseconds, with fractions. */
export type EpochMs = Brand<number, 'EpochMs'>;

export const gameId = (text: string): GameId => text as GameId;
export const playerId = (text: string): PlayerId => text as PlayerId;
export const epochMs = (ms: number): EpochMs => ms as EpochMs;
