import { runApp } from '@waymark/platform';
import { bootstrap } from './bootstrap.ts';

await runApp('gateway', bootstrap);
