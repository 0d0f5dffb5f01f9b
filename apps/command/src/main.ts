import 'reflect-metadata';
import { runApp } from '@waymark/platform';
import { bootstrap } from './bootstrap.ts';

await runApp('command', bootstrap);
