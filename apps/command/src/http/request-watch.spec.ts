import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { CommandTimes } from '../metrics/command-times.ts';
import { WatchedResponse } from './request-watch.ts';

it('a response that is ended twice is counted once, with the status of its first end', () => {
  const times = new CommandTimes('start_game');
  const response = new WatchedResponse(new IncomingMessage(new Socket()));
  response.route = { name: 'POST /games/:gameId/start', times, log: null, tracer: null };
  response.statusCode = 409;
  response.end('{}');
  response.statusCode = 500;
  response.end();
  expect([times.accepted.count, times.refused.count, times.failed.count]).toEqual([0, 1, 0]);
});
