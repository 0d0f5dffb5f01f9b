import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { errorVerdict } from '../judge/judge.ts';
import { RULES } from '../judge/rules.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changePlayer, hog } from '../testing/tampering.ts';
import { htmlReport, scriptJson } from './html.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { textReport } from './text.ts';

const run = simulatedRun({ games: 12, seconds: 20 });
const pass = sampleReceipt(run);
const slow = sampleReceipt(
  simulatedRun({
    games: 12,
    seconds: 20,
    frame: ({ lagMs, player, tick }) => (player === 7 && tick % 20 === 0 ? 80 : lagMs),
  }),
);
const invalid = sampleReceipt(hog(run));
const nothing: Receipt = { ...pass, verdict: errorVerdict('the port 3000 is taken'), evidence: null };
const hostile = sampleReceipt(changePlayer(run, 3, () => ({ gameId: '</script><b>"&\u0000\ud800]]> `|' })));
const all = { pass, slow, invalid, nothing, hostile };

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

describe('the JUnit report', () => {
  it.each(Object.entries(all))('is well-formed, and all green only for PASS: %s', (name, receipt) => {
    const elements = elementsOf(junitReport(receipt));
    const bad = elements.filter((tag) => tag.name === 'failure' || tag.name === 'error');
    expect(bad.length > 0).toBe(name !== 'pass');
    const suite = elements.find((tag) => tag.name === 'testsuite')!;
    const cases = elements.filter((tag) => tag.name === 'testcase');
    expect(Number(suite.attributes['tests'])).toBe(cases.length);
    expect(Number(suite.attributes['failures']) + Number(suite.attributes['errors'])).toBe(bad.length);
  });

  it('has a test case for every rule, and one for the verdict', () => {
    const names = elementsOf(junitReport(slow)).flatMap((tag) =>
      tag.name === 'testcase' ? [tag.attributes['name']] : [],
    );
    expect(names).toEqual([...Object.entries(RULES).map(([rule, { title }]) => `${rule} ${title}`), 'verdict: FAIL']);
  });

  it('makes a failure of a slow server and an error of an unfit machine', () => {
    expect(junitReport(slow)).toMatch(/name="S6 [^>]*><failure type="FAIL"/);
    expect(junitReport(invalid)).toMatch(/name="V3 [^>]*><error type="INVALID"/);
    expect(junitReport(invalid)).not.toContain('<failure');
  });
});

describe('the text', () => {
  it.each(Object.entries(all))('has ten lines, the verdict first: %s', (_name, receipt) => {
    const lines = textReport(receipt, false).split('\n');
    expect(lines).toHaveLength(11);
    expect(lines[0]).toMatch(new RegExp(`^ ${receipt.verdict.outcome} `));
    expect(lines.join('')).not.toContain('\u001b');
  });

  it('says why, and names the worst player, game and second', () => {
    const text = textReport(slow, false);
    expect(text).toMatch(/1 player over 35 ms/);
    expect(text).toMatch(
      /worst +player 7 of game g-0007: p99 80(\.\d+)? ms, 7 of 133 frames late, the worst in second \d+/,
    );
    expect(textReport(nothing, false)).toContain('the port 3000 is taken');
    expect(textReport(invalid, false)).toContain('Running it once more makes sense');
  });

  it('is coloured for a terminal', () => {
    expect(textReport(slow, true)).toContain('\u001b[41m');
  });
});

describe('the summary for a pull request', () => {
  it('has the reasons, the worst, and a row for each budget', () => {
    const text = markdownReport(slow);
    expect(text).toMatch(/^## ❌ SLA gate: FAIL\n/);
    expect(text).toMatch(/^- S6, .*1 player over 35 ms/m);
    expect(text).toMatch(/^\*\*Worst\*\*: player 7 of game g-0007/m);
    expect(text.split('\n').filter((line) => /^\| S\d+ \|/.test(line))).toHaveLength(14);
  });

  it('lets nothing that it quotes become markup', () => {
    const text = markdownReport(hostile);
    expect(text).not.toContain('<b>');
    expect(text).toContain('&lt;b>');
    for (const line of text.split('\n').filter((each) => each.startsWith('| C4')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(6);
  });
});

describe('the page', () => {
  it.each(Object.entries(all))('loads nothing from elsewhere: %s', (_name, receipt) => {
    const page = htmlReport(receipt);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|link|img|iframe)[^>]*\s(src|href)=/);
    expect(page).not.toMatch(/@import|url\(/);
    expect(page.match(/<\/script>/g)).toHaveLength(3);
    expect(page).not.toContain('<b>');
  });

  it('lets nothing in its data end the script that holds it', () => {
    const value = { caption: '</script><!-- <script>' };
    expect(scriptJson(value)).not.toContain('<');
    expect(JSON.parse(scriptJson(value))).toEqual(value);
  });
});
