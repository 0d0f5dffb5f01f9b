/** Is the process well? Named checks, asked when somebody wants to know. For the admin server and the apps' own health routes. */
export interface HealthCheck {
  readonly name: string;
  /** Must answer at once: what takes longer is watched elsewhere and only looked up here. */
  readonly check: () => CheckResult;
}

export interface CheckResult {
  readonly ok: boolean;
  /** A sentence for whoever is on call. */
  readonly detail: string;
}

export interface HealthReport {
  readonly status: 'ok' | 'failing';
  readonly checks: readonly (CheckResult & { readonly name: string })[];
}

/** A check that throws has failed. */
export function reportHealth(checks: readonly HealthCheck[]): HealthReport {
  const results = checks.map(({ name, check }) => {
    try {
      return { name, ...check() };
    } catch (error) {
      return { name, ok: false, detail: `the check itself failed: ${(error as Error).message}` };
    }
  });
  return { status: results.every((result) => result.ok) ? 'ok' : 'failing', checks: results };
}
