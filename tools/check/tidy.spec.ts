import { TIDY_RULES } from './tidy.ts';

const BREAKS: Readonly<Record<string, string>> = {
  unfinished: '// TODO later',
  'file-length': 'x;\n'.repeat(401),
  'decorators-in-apps': '@Injectable()\nexport class A {}',
  'switched-off-checks': '// @ts-ignore',
  'index-only-reexports': "export * from './a.ts';\nexport const x = 1;",
};

describe('tidy', () => {
  for (const rule of TIDY_RULES) {
    it(`${rule.name} reports a file that breaks it, and leaves a clean one alone`, () => {
      expect(rule.faults(BREAKS[rule.name]!).length).toBeGreaterThan(0);
      expect(rule.faults("export * from './a.ts';\nexport type { B } from './b.ts';\n")).toEqual([]);
    });
  }
});
