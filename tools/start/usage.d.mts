/** Types of usage.mjs, which must run before anything is installed. */
export interface Answer {
  readonly text: string;
  readonly exitCode: number;
}
export const TIERS: Readonly<Record<'check' | 'unit' | 'int' | 'alloc' | 'bench' | 'e2e' | 'contract' | 'sla', string>>;
export function answerOfStart(args: readonly string[]): Answer | null;
export function answerOfTest(args: readonly string[]): Answer | null;
export function endWith(answer: Answer | null): void;
