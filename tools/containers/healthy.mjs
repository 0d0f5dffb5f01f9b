/**
 * The health check of the images: asks the app of this container whether it is ready, and says what is wrong. Ends with 0 or 1, as Docker wants it.
 * Plain JavaScript without imports: it is started every ten seconds beside the ticker.
 *
 *   node tools/containers/healthy.mjs NAME_OF_THE_VARIABLE_WITH_THE_ADMIN_PORT
 */
const WITHIN_MS = 4_000;

const port = process.env[process.argv[2]];
try {
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(WITHIN_MS) });
  console.log(await answer.text());
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`port ${port} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
