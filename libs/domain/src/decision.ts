/**
 * What a decider answers. Refusing is an ordinary answer of the domain, a value with a name; it is not an exception.
 * Accepted with no events means that the command is already true and there is nothing to record.
 */
export type Decision<Event, Refusal> =
  | { readonly accepted: true; readonly events: readonly Event[] }
  | { readonly accepted: false; readonly refusal: Refusal };

export const accept = <Event>(...events: Event[]): { accepted: true; events: readonly Event[] } => ({
  accepted: true,
  events,
});

export const refuse = <Refusal>(refusal: Refusal): { accepted: false; refusal: Refusal } => ({
  accepted: false,
  refusal,
});
