/**
 * A player has one connection in all gateways together (rule RS5). A gateway by itself sees only its own; this tells the others.
 * redis/redis-seats.ts is the form for several gateways; without Redis there is none, and the rule holds within each gateway.
 */
export interface SeatTakeovers {
  /** A connection of this player was welcomed here: those at other gateways are to end. */
  taken(gameId: string, playerId: string): void;
  /** This player has no connection here any more. */
  left(gameId: string, playerId: string): void;
}

/** Called with a player who has a connection here, and a newer one elsewhere. */
export type TakenElsewhere = (gameId: string, playerId: string) => void;
