import { readFileSync } from 'node:fs';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { schemaCheck, type SchemaFault } from '../schema/schema-check.ts';
import { isScenarioName, SCENARIOS } from '../scenarios.ts';
import type { Budgets, Sla, SlaFile } from './sla.ts';

/**
 * Reads sla.json. Whoever edited it gets every fault at once, each with its line and pointer; nothing is guessed, and a field that
 * nobody knows is refused: a misspelt threshold that is silently the default is a gate that nobody set.
 */
export const SLA_FILE = new URL('../sla.json', import.meta.url);

/** The file is wrong; `message` is for whoever wrote it. */
export class SlaError extends Error {
  override readonly name = 'SlaError';
}

/** The file as committed has a thirtieth of it. What is larger is something else. */
const BYTES_MAX = 64 * 1024;
const BYTE_ORDER_MARK = '\uFEFF';

const check = schemaCheck(new URL('../sla.schema.json', import.meta.url));

/** The thresholds that hold for a scenario. Throws SlaError. */
export function loadSla(file: URL | string = SLA_FILE, scenario = 'sla'): Sla {
  const name = typeof file === 'string' ? file : file.pathname;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SlaError(`${name} cannot be read: ${(error as Error).message}`);
  }
  return thresholdsOf(parseSla(text, name), scenario);
}

/** Throws SlaError. `name` is what the file is called in messages. */
export function parseSla(text: string, name = 'sla.json'): SlaFile {
  if (text.length > BYTES_MAX) {
    throw new SlaError(`${name} has ${text.length} characters, more than the ${BYTES_MAX} that thresholds can need`);
  }
  if (text.startsWith(BYTE_ORDER_MARK)) {
    throw new SlaError(`${name}:1: not JSON: it begins with a byte order mark; save it as UTF-8 without one`);
  }
  const tree = treeOf(text, name);
  const twice = duplicateKey(tree);
  if (twice !== null) {
    throw new SlaError(`${name}:${lineOf(text, twice.offset)}: the field ${String(twice.value)} stands there twice`);
  }
  const value = JSON.parse(text) as SlaFile;
  const faults = mostTelling(check(value));
  if (faults.length === 0) faults.push(...scenarioFaults(value), ...goalsAboveMusts(value));
  if (faults.length > 0) {
    const lines = faults.map(({ pointer, rule }) => {
      return `${name}:${lineOf(text, offsetOf(tree, pointer))}: ${pointer === '' ? 'the document' : pointer} ${rule}`;
    });
    throw new SlaError(lines.join('\n'));
  }
  return value;
}

function treeOf(text: string, name: string): Node {
  const errors: ParseError[] = [];
  let tree: Node | undefined;
  try {
    tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (error) {
    if (error instanceof RangeError) throw new SlaError(`${name}:1: it is nested too deeply to be read`);
    throw error;
  }
  const [first] = errors;
  if (first === undefined && tree !== undefined) return tree;
  throw new SlaError(
    `${name}:${lineOf(text, first?.offset ?? 0)}: not JSON: ${printParseErrorCode(first?.error ?? 0)}`,
  );
}

/** A union that fails tells of each of its members; what says the most is the fault inside, not "must match a schema in anyOf". */
function mostTelling(faults: readonly SchemaFault[]): SchemaFault[] {
  return faults.filter((fault) => !fault.rule.includes('anyOf'));
}

function thresholdsOf({ scenarios, ...sla }: SlaFile, scenario: string): Sla {
  return { ...sla, budgets: { ...sla.budgets, ...scenarios?.[scenario] } };
}

function scenarioFaults({ scenarios = {} }: SlaFile): SchemaFault[] {
  const names = Object.keys(SCENARIOS).join(', ');
  return Object.keys(scenarios).flatMap((name) =>
    isScenarioName(name) ? [] : [{ pointer: `/scenarios/${name}`, rule: `is no scenario; there are ${names}` }],
  );
}

function goalsAboveMusts({ budgets, scenarios = {} }: SlaFile): SchemaFault[] {
  const places = [
    ['/budgets', budgets],
    ...Object.entries(scenarios).map(([name, own]) => [`/scenarios/${name}`, own] as const),
  ] as const;
  return places.flatMap(([place, some]) =>
    (Object.entries(some) as [keyof Budgets, Budgets[keyof Budgets]][]).flatMap(([name, { must, goal }]) => {
      if (must === null || goal === null || goal <= must) return [];
      return [{ pointer: `${place}/${name}/goal`, rule: `is ${goal}, above what must hold, ${must}` }];
    }),
  );
}

function offsetOf(tree: Node, pointer: string): number {
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return findNodeAtLocation(tree, path)?.offset ?? tree.offset;
}

function duplicateKey(node: Node): Node | null {
  const seen = new Set<string>();
  for (const child of node.children ?? []) {
    if (node.type === 'object') {
      const key = child.children![0]!;
      if (seen.has(key.value as string)) return key;
      seen.add(key.value as string);
    }
    const inside = duplicateKey(child);
    if (inside !== null) return inside;
  }
  return null;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
