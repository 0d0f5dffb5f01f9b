import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { errorVerdict } from '../judge/judge.ts';
import { ReceiptError } from '../receipt/receipt-file.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { schemaCheck } from '../schema/schema-check.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun, type SimulatedRun } from '../testing/simulated-run.ts';
import { compare, type Pair } from './compare.ts';
import { comparisonDocument, type ComparisonDocument } from './comparison-document.ts';
import { comparisonHtml } from './comparison-html.ts';
import { comparisonJunit } from './comparison-junit.ts';
import { COMPARED } from './figures.ts';
import { writeComparison } from './write-comparison.ts';

const PAIRS = 5;
const FIGURES = COMPARED.map(({ name }) => name);

function receipt(seed: number, run: SimulatedRun = {}): Receipt {
  return sampleReceipt(simulatedRun({ games: 12, seconds: 20, seed, ...run }));
}

function documentOf(head: SimulatedRun, change: (pair: Pair) => Pair = (pair) => pair): ComparisonDocument {
  const pairs = Array.from({ length: PAIRS }, (_, pair) =>
    change({ base: receipt(2 * pair + 1), head: receipt(2 * pair + 2, head) }),
  );
  return comparisonDocument(pairs, compare(pairs[0]!.base.sla, pairs));
}

const same = documentOf({});
const slower = documentOf({ answer: ({ lagMs }) => lagMs * 3 });
const other = documentOf({}, ({ base, head }) => {
  const counters = { ...head.evidence!.counters, bytesAFrame: 43 };
  return { base, head: { ...head, evidence: { ...head.evidence!, counters } } };
});
const nothing = documentOf({}, ({ base, head }) => ({
  base,
  head: { ...head, verdict: errorVerdict('a </script> & "port"'), evidence: null },
}));

/** Elements of a document that is well-formed, or it throws. */
function elementsOf(xml: string): SaxesTagPlain[] {
  const found: SaxesTagPlain[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => found.push(tag as SaxesTagPlain));
  parser.write(xml).close();
  return found;
}

describe('the reports of a comparison', () => {
  let out: string;
  beforeEach(() => {
    out = mkdtempSync(join(tmpdir(), 'waymark-comparison-'));
  });
  afterEach(() => rmSync(out, { recursive: true }));

  it.each([
    ['PASS', same],
    ['FAIL', slower],
    ['FAIL', other],
    ['ERROR', nothing],
  ])('are a document of its schema, a page, a summary and JUnit: %s', (outcome, document) => {
    writeComparison(document, out);
    expect(readdirSync(out).toSorted()).toEqual(['comparison.html', 'comparison.json', 'comparison.md', 'junit.xml']);
    const written = JSON.parse(readFileSync(join(out, 'comparison.json'), 'utf8')) as ComparisonDocument;
    expect(schemaCheck(new URL('./comparison.schema.json', import.meta.url))(written)).toEqual([]);
    expect(written).toEqual(JSON.parse(JSON.stringify(document)));
    expect(written.comparison.outcome).toBe(outcome);
    expect(written.pairs).toHaveLength(PAIRS);
    const bad = elementsOf(comparisonJunit(document)).filter(({ name }) => name === 'failure' || name === 'error');
    expect(bad.length > 0).toBe(outcome !== 'PASS');
  });

  it('have a test case for each figure and counter, and one for the outcome', () => {
    const elements = elementsOf(comparisonJunit(slower));
    const cases = elements.flatMap(({ attributes, name }) => (name === 'testcase' ? [attributes['name']] : []));
    const counters = Object.keys(slower.pairs.length > 0 ? receipt(1).evidence!.counters : {});
    expect(cases).toEqual([...FIGURES, ...counters, 'outcome: FAIL']);
    expect(comparisonJunit(slower)).toMatch(/name="command p50"><failure type="FAIL" message="worse: /);
    expect(comparisonJunit(other)).toMatch(
      /name="bytesAFrame"><failure type="FAIL" message="without noise, and changed/,
    );
    expect(comparisonJunit(nothing)).toMatch(/name="outcome: ERROR"><error type="ERROR"/);
    expect(comparisonJunit(nothing)).not.toContain('<failure');
  });

  it('show every figure and run on the page, and nothing of what was told is markup there', () => {
    const page = comparisonHtml(slower);
    for (const name of FIGURES) expect(page).toContain(`<td>${name}</td>`);
    expect(page.match(/<tr class="broken">/g)!.length).toBeGreaterThan(0);
    expect(page).toContain('data-outcome="FAIL"');
    expect(comparisonHtml(nothing)).toContain('<td>a &lt;/script&gt; &amp; &quot;port&quot;</td>');
    expect(page).not.toMatch(/<script|https?:\/\//);
  });

  it('that are not as their schema wants them are not written', () => {
    const machine = { ...same.machine, memoryBytes: Number.NaN };
    expect(() => writeComparison({ ...same, machine }, out)).toThrow(ReceiptError);
    expect(readdirSync(out)).toEqual([]);
  });
});
