import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuthorClient } from '@waymark/client';
import { createLog, dataDirPaths, httpBase, loadConfig, onShutdown } from '@waymark/platform';
import { demoQuests } from './example-quests.ts';
import { GameBook } from './game-book.ts';
import { ReadApi } from './read-api.ts';
import { Table } from './table.ts';

/**
 * The demo of `npm start`: example quests, games, bots. A client like any other: it talks to the command app over HTTP and to the gateway over
 * WebSocket, with the development token. Tells its supervisor the first game that is being played.
 */
const examplesDir = fileURLToPath(new URL('../../examples/quests', import.meta.url));
const STOP_MS = 300;

const config = loadConfig(process.env, 'demo');
const log = createLog({ name: 'demo', level: config.logLevel });
const tables: Table[] = [];
onShutdown({
  stop: async () => {
    for (const table of tables) table.stop();
  },
  deadlineMs: STOP_MS,
  isSupervised: process.send !== undefined,
  complain: (sentence, error) => log.error({ err: error }, sentence),
});

const dataDir = dataDirPaths(config.dataDir);
const token = (await readFile(dataDir.devToken, 'utf8')).trim();
const { commandUrl } = config;
const author = new AuthorClient({ commandUrl, token });
const api = new ReadApi(httpBase(config.publicGatewayUrl));
const book = new GameBook(join(dataDir.root, 'demo.json'));
const quests = await demoQuests(examplesDir, author, api);
if (quests.length === 0) log.warn('there is no quest to play: all are retired');

let told = false;
const onPlaying = (gameId: string): void => {
  if (!told) process.send?.({ type: 'playing', gameId });
  told = true;
};
for (let number = 0; number < config.demoGames && quests.length > 0; number++) {
  const quest = quests[number % quests.length]!;
  tables.push(new Table({ number, quest, commandUrl, author, ownerToken: token, api, book, log, onPlaying }));
}
await Promise.all(tables.map((table) => table.run()));
