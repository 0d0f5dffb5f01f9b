/**
 * Who asks. The command app has checked the token already; whether this actor may do it to this quest or game is the decider's business.
 */
export type Actor =
  /** An author or operator, named by the subject of the token. */
  | { readonly kind: 'author'; readonly subject: string }
  /** A player who shows the session token of this player in this game. */
  | { readonly kind: 'player'; readonly playerId: string; readonly gameId: string }
  /** The tick-gateway, which saw a player walk into a waypoint. */
  | { readonly kind: 'gateway' }
  /** The scheduler, when a time has come. */
  | { readonly kind: 'scheduler' }
  /** Nobody known: may only join, with the game's code or where the game is open. */
  | { readonly kind: 'anyone' };

export const isAuthor = (actor: Actor, subject: string): boolean =>
  actor.kind === 'author' && actor.subject === subject;
