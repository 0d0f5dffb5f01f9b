/** JUnit XML as CI systems read it, whatever is told in it: of a run (junit.ts) and of a comparison (baseline/comparison-junit.ts). */
export interface TestSuite {
  readonly name: string;
  readonly madeAt: string;
  readonly seconds: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Of testCase(). */
  readonly cases: readonly string[];
}

export function testSuite({ cases, madeAt, name, properties, seconds }: TestSuite): string {
  const count = (what: string): number => cases.filter((each) => each.includes(`<${what}`)).length;
  const totals = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds}"`;
  const told = Object.entries(properties).map(
    ([key, value]) => `<property name="${key}" value="${attribute(value)}"/>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="waymark sla" ${totals}>`,
    `  <testsuite name="${attribute(name)}" timestamp="${attribute(madeAt)}" ${totals}>`,
    `    <properties>${told.join('')}</properties>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

export function testCase(className: string, name: string, inside: string): string {
  return `    <testcase classname="${className}" name="${attribute(name)}">${inside}</testcase>`;
}

export function attribute(text: string): string {
  return content(text)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, ' ');
}

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair: they become U+FFFD. */
export function content(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
