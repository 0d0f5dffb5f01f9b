/**
 * What each command of package.json begins with that is not `npm start` or `npm test`: installs what is missing, says so, and ends. The command itself then takes this
 * process's place in the shell, so that nothing stands between it and its signals. Plain JavaScript without packages, as start.mjs.
 *
 *   node tools/start/install.mjs && exec node_modules/.bin/node ...
 */
import { endOnOldNode } from './old-node.mjs';

/** 128 + SIGINT, as of a shell: the command was not run. */
const EXIT_INTERRUPTED = 130;

endOnOldNode();
const { install } = await import('./prepare.mjs');
await install(EXIT_INTERRUPTED);
