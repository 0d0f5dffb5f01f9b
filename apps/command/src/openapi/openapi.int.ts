import { readFile } from 'node:fs/promises';
import { getMetadataStorage } from 'class-validator';
import { PROBLEMS } from '@waymark/platform';
import { CreateGameBody } from '../http/dto/game-bodies.ts';
import { JoinBody, ReachBody } from '../http/dto/player-bodies.ts';
import { TestCommandApp } from '../testing/command-process.ts';
import { openApiDocument } from './openapi-document.ts';
import { OPERATIONS } from './operations.ts';
import { SCHEMAS } from './schemas.ts';

/** The API description says what the app does: its routes, its bodies, and the file that is committed. */
describe('the API description', () => {
  let app: TestCommandApp;
  beforeAll(async () => {
    app = await TestCommandApp.start();
  });
  afterAll(() => app.stop());

  it('names every route, and no other', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual([...app.running.routes]);
  });
  it('is what docs/openapi.json says (node --conditions=waymark-source apps/command/src/openapi/write-openapi.ts)', async () => {
    const root = new URL('../../../../', import.meta.url);
    const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
    const committed: unknown = JSON.parse(await readFile(new URL('docs/openapi.json', root), 'utf8'));
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument(version))));
    expect((await app.ask('GET', '/openapi.json')).body).toEqual(committed);
  });
  it.each<[string, new () => object]>([
    ['CreateGameBody', CreateGameBody],
    ['JoinBody', JoinBody],
    ['ReachBody', ReachBody],
  ])('gives %s the fields of its DTO', (name, dto) => {
    const schema = SCHEMAS[name] as { properties: object };
    const rules = getMetadataStorage().getTargetValidationMetadatas(dto, '', false, false);
    expect(Object.keys(schema.properties).sort()).toEqual([...new Set(rules.map((rule) => rule.propertyName))].sort());
  });
  it('points at nothing that is not there', () => {
    const text = JSON.stringify(openApiDocument('1'));
    for (const [, reference] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = reference!
        .split('/')
        .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], JSON.parse(text));
      expect([reference, typeof found]).toEqual([reference, 'object']);
    }
  });
  it('declares for every operation what any request may meet, and that health may fail', () => {
    const { paths } = openApiDocument('1') as { paths: Record<string, Record<string, { responses: object }>> };
    for (const methods of Object.values(paths)) {
      for (const { responses } of Object.values(methods)) {
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '408', '417', '431', '500']));
      }
    }
    for (const path of ['/health/live', '/health/ready']) {
      expect(paths[path]!['get']!.responses).toHaveProperty(['503', 'content', 'application/json']);
    }
  });
  it('has a page to read it by', async () => {
    const page = await app.ask('GET', '/docs');
    expect(page.headers.get('content-type')).toContain('text/html');
    for (const [, part] of String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect([part, (await app.ask('GET', part!)).status]).toEqual([part, 200]);
    }
    expect((await app.ask('GET', '/docs/package.json')).status).toBe(404);
  });
});

describe('what the app says of itself', () => {
  let app: TestCommandApp;
  beforeAll(async () => {
    app = await TestCommandApp.start();
  });
  afterAll(() => app.stop());

  it('is each problem type at the address that problems give', async () => {
    for (const [slug, kind] of Object.entries(PROBLEMS)) {
      expect(await app.ask('GET', `/problems/${slug}`)).toMatchObject({
        status: 200,
        body: { type: `/problems/${slug}`, status: kind.status, title: kind.title, meaning: kind.meaning },
      });
    }
    for (const slug of ['nosuch', 'constructor', '__proto__']) {
      expect((await app.ask('GET', `/problems/${slug}`)).status).toBe(404);
    }
  });
  it('is the JSON Schema of quests', async () => {
    const { body, headers } = await app.ask('GET', '/schemas/quest.json');
    expect(headers.get('content-type')).toContain('application/schema+json');
    expect(body).toMatchObject({ title: 'Waymark quest' });
  });
  it('is its health, on its own port too', async () => {
    for (const base of [app.running.urls.api, app.running.urls.admin]) {
      for (const path of ['/health/live', '/health/ready']) {
        const response = await fetch(base + path);
        expect([response.status, await response.json()]).toMatchObject([200, { status: 'ok' }]);
      }
    }
  });
  it('is counted for Prometheus', async () => {
    await app.post('/quests', { title: 'T', waypoints: [[0, 0, 0]] });
    await app.post('/quests', { title: 'T' });
    const text = await (await fetch(`${app.running.urls.admin}/metrics`)).text();
    expect(text).toContain('waymark_commands_total{outcome="appended",app="command"} 1');
    expect(text).toContain('waymark_quests_refused_total{app="command"} 1');
    expect(text).toContain('waymark_append_duration_seconds_count{outcome="committed",app="command"} 1');
  });
});
