import type { ServiceTokens } from '@waymark/platform';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A command app for tests: keeps what it is asked, and answers as the test says. */
export interface AskedReach {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string;
  readonly sentAt: number;
  readonly traceparent: string;
  /** Whether the gateway showed a service token that holds. */
  readonly isTrusted: boolean;
  readonly body: { readonly waypoint: number; readonly at: readonly number[] };
}

/** A status and a body; or 'hang up', an answer that gets lost. */
export type ReachAnswer = { readonly status: number; readonly body?: object } | 'hang up';

export class FakeCommand {
  readonly asked: AskedReach[] = [];
  /** May take its time, and may write to the log. */
  answer: (reach: AskedReach) => ReachAnswer | Promise<ReachAnswer> = () => ({ status: 200, body: {} });
  private readonly server: Server;

  private constructor(private readonly tokens: Pick<ServiceTokens, 'verify'>) {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(tokens: Pick<ServiceTokens, 'verify'>): Promise<FakeCommand> {
    const command = new FakeCommand(tokens);
    await new Promise<void>((resolve) => command.server.listen(0, '127.0.0.1', resolve));
    return command;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { headers, method, url } = request;
    const token = (headers.authorization ?? '').replace('Bearer ', '');
    const reach: AskedReach = {
      method: method!,
      path: url!,
      idempotencyKey: String(headers['idempotency-key']),
      sentAt: Number(headers['waymark-sent-at']),
      traceparent: String(headers['traceparent']),
      isTrusted: (await this.tokens.verify(token)).ok,
      body: JSON.parse(Buffer.concat(chunks).toString()),
    };
    this.asked.push(reach);
    const answer = await this.answer(reach);
    if (answer === 'hang up') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body ?? {}));
  }
}
