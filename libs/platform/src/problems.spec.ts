import { Problem, problemPage, PROBLEMS, problemType } from './problems.ts';

describe('the table of problems', () => {
  it.each(Object.entries(PROBLEMS))(
    '%s: is a slug with a status, a title and a meaning of whole sentences',
    (slug, kind) => {
      expect(slug).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(kind.status).toBeGreaterThanOrEqual(400);
      expect(kind.title).toMatch(/^\S.*[^.]$/);
      expect(kind.meaning).toMatch(/\.$/);
    },
  );
});

describe('Problem', () => {
  it('becomes a document of RFC 9457, with the places that break the rule', () => {
    const problem = new Problem('invalid-quest', 'waypoint 3 has no place', {
      errors: [{ pointer: '/waypoints/3', line: 9, column: 5, code: 'missing-field', detail: 'at is missing' }],
      extra: { more: 2 },
    });
    expect(problem.status).toBe(422);
    expect(problem.toDocument('req-1')).toEqual({
      type: '/problems/invalid-quest',
      title: 'The quest document breaks a rule',
      status: 422,
      detail: 'waypoint 3 has no place',
      instance: 'req-1',
      errors: [{ pointer: '/waypoints/3', line: 9, column: 5, code: 'missing-field', detail: 'at is missing' }],
      more: 2,
    });
  });

  it('does not let extra members take the place of its own', () => {
    const document = new Problem('internal', 'x', { extra: { status: 200, type: 'y', title: 'z' } }).toDocument();
    expect(document).toMatchObject({ status: 500, type: '/problems/internal' });
  });

  it('tells its own slugs from inherited names', () => {
    expect(problemPage('internal')).toEqual({ type: '/problems/internal', ...PROBLEMS.internal });
    for (const slug of ['toString', '']) {
      expect(() => problemPage(slug)).toThrow(expect.objectContaining({ slug: 'not-found' }));
    }
    expect(problemType('forbidden')).toBe('/problems/forbidden');
  });
});
