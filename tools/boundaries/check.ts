/**
 * Checks the import rules of table.ts over libs, apps and the canaries: planted violations that must each be reported, because a
 * misconfigured checker finds nothing and says that all is well. Exit code 1 for a violation, a silent canary, or a tree that was not read.
 */
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { HOT_PATHS, HOT_UNREACHABLE, PACKAGES, type PackageRule } from './table.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
process.chdir(root);

const CANARIES = 'tools/boundaries/canaries/';
/** Tests, and what the tests of one package share. */
const TESTING = '/src/testing/';
const TEST_FILES = `\\.(spec|contract|fuzz|alloc|int|e2e|bench|server)\\.ts$|${TESTING}`;

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const inside = (path: string): string => `^(${escape(CANARIES)})?${escape(path)}/`;
const npmPattern = (names: readonly string[]): string =>
  names.map((name) => escape(name).replace('\\*', '[^/]+')).join('|');

function rulesOf(rule: PackageRule): IForbiddenRuleType[] {
  const name = rule.path.replace('/', '-');
  const source = { path: inside(rule.path), pathNot: TEST_FILES };
  const mayReach = [rule.path, ...rule.imports.map((other) => `libs/${other}`)].map(escape).join('|');
  const rules: IForbiddenRuleType[] = [
    {
      name: `${name}-imports`,
      severity: 'error',
      from: source,
      to: { path: '^(libs|apps)/', pathNot: `^(${mayReach})/` },
    },
    {
      name: `${name}-npm`,
      severity: 'error',
      from: source,
      to: {
        path: 'node_modules/',
        ...(rule.npm.length > 0 && { pathNot: `node_modules/(@types/)?(${npmPattern(rule.npm)})/` }),
      },
    },
    {
      name: `${name}-by-name`,
      severity: 'error',
      from: { path: inside(rule.path) },
      to: {
        path: '^(libs|apps)/[^/]+/',
        pathNot: `^${escape(rule.path)}/|^libs/[^/]+/src/index\\.ts$|^libs/[^/]+/src/[a-z-]+/index\\.ts$`,
      },
    },
  ];
  if (!rule.node) {
    rules.push({ name: `${name}-node`, severity: 'error', from: source, to: { dependencyTypes: ['core'] } });
  }
  return rules;
}

const forbidden: IForbiddenRuleType[] = [
  ...PACKAGES.flatMap(rulesOf),
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  {
    name: 'testing-in-tests',
    severity: 'error',
    from: { path: '(libs|apps)/', pathNot: TEST_FILES },
    to: { path: TESTING },
  },
  { name: 'resolvable', severity: 'error', from: { path: '^(libs|apps)/' }, to: { couldNotResolve: true } },
  ...HOT_PATHS.map((path): IForbiddenRuleType => ({
    name: 'hot-path-reach',
    severity: 'error',
    from: { path: inside(path), pathNot: TEST_FILES },
    to: { path: `node_modules/(${npmPattern(HOT_UNREACHABLE)})/`, reachable: true },
  })),
];

const { output } = await cruise(
  ['libs', 'apps', CANARIES],
  {
    ruleSet: { forbidden },
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(libs|apps)/[^/]+/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['waymark-source', 'import', 'node', 'default'],
    },
  },
  { extensions: ['.ts', '.js', '.mjs', '.json'] } as never,
);
const { summary, modules } = output as ICruiseResult;

const expected = new Set(globSync(`${CANARIES}**/*.ts`));
const reported = new Set<string>();
let faults = 0;
for (const violation of summary.violations) {
  if (violation.from.startsWith(CANARIES)) {
    const rule = /expects: (\S+)/.exec(await sourceOf(violation.from))?.[1];
    if (rule === violation.rule.name) reported.add(violation.from);
    continue;
  }
  console.error(`${violation.from}: ${violation.rule.name}: may not import ${violation.to}`);
  faults += 1;
}
for (const canary of expected) {
  if (reported.has(canary)) continue;
  console.error(`${canary}: this planted violation was not reported: the boundary check is blind`);
  faults += 1;
}
const sourceCount = modules.filter((module) => /^(libs|apps)\//.test(module.source)).length;
if (sourceCount < PACKAGES.length) {
  console.error(`only ${sourceCount} modules were read: the boundary check is blind`);
  faults += 1;
}
console.log(
  `boundaries: ${sourceCount} modules, ${reported.size} of ${expected.size} canaries reported, ${faults} faults`,
);
process.exitCode = faults > 0 ? 1 : 0;

async function sourceOf(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(join(root, file), 'utf8');
}
