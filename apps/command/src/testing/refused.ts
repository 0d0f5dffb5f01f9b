import type { Asked, TestCommandApp } from './command-process.ts';

/** That a request is refused, and nothing came of it. `at` is [pointer or parameter, code, line, column] of the first error. */
export async function refusedBy(
  app: TestCommandApp,
  [method, path, asked]: [method: string, path: string, asked?: Asked],
  [status, slug, at]: [status: number, slug: string, at?: (string | number | undefined)[]],
): Promise<void> {
  const before = await app.position();
  const answer = await app.ask(method, path, asked);
  expect(answer).toMatchObject({ status, body: { type: `/problems/${slug}`, status } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toMatchObject({ title: expect.any(String), detail: expect.any(String) });
  expect(answer.body.instance).toMatch(/^urn:waymark:request:/);
  if (at !== undefined) {
    const [first] = answer.body.errors;
    const place = [first.pointer ?? first.parameter, first.code, first.line, first.column];
    expect(place.slice(0, at.length)).toEqual(at);
    expect(first.detail.length).toBeGreaterThan(10);
  }
  expect(await app.position()).toBe(before);
  expect((await app.ask('GET', '/health/ready')).status).toBe(200);
}
