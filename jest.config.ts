import { readFileSync } from 'node:fs';

/**
 * One runner for all tiers; the suffix of a file tells its tier (CONTRIBUTING.md). WAYMARK_TIER picks the tiers of a run: names joined
 * by commas, by default the quick ones. Sources run unbuilt: package names map to src, TypeScript goes through swc.
 */
const swc = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));
/** The build renames .ts imports to .js; here the sources themselves are run. */
swc.jsc.rewriteRelativeImportExtensions = false;

const tiers = (process.env['WAYMARK_TIER'] ?? 'spec,contract,fuzz').split(',');

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/tools', '<rootDir>/loadtest'],
  testMatch: tiers.flatMap((tier) => ['src', 'tools', 'loadtest'].map((root) => `**/${root}/**/*.${tier}.ts`)),
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/canaries/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { swcrc: false, ...swc }] },
  moduleNameMapper: {
    '^@waymark/([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@waymark/([a-z-]+)/([a-z-]+)$': '<rootDir>/libs/$1/src/$2/index.ts',
  },
  testTimeout: 30_000,
};
