import { createServer, type AddressInfo } from 'node:net';
import { SETTINGS, type Config } from '@waymark/platform';

/** The four ports, before anything is started: a 0 becomes a free one, and one that is taken is told with the setting that moves it. */
const PORT_KEYS = ['commandPort', 'gatewayPort', 'commandAdminPort', 'gatewayAdminPort'] as const;
export type Ports = Readonly<Record<(typeof PORT_KEYS)[number], number>>;

/** One or more ports cannot be listened on. The message has a sentence for each. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

export async function settlePorts(config: Config): Promise<Ports> {
  const faults: string[] = [];
  const ports: Record<string, number> = {};
  for (const key of PORT_KEYS) {
    try {
      ports[key] = await tryPort(config.host, config[key]);
    } catch (error) {
      faults.push(sentenceFor(SETTINGS[key].name, config.host, config[key], error as NodeJS.ErrnoException));
    }
  }
  if (faults.length > 0) throw new PortError([...new Set(faults)].join('\n'));
  return ports as Ports;
}

/** The port that was listened on for a moment. */
function tryPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const { port: found } = server.address() as AddressInfo;
      server.close(() => resolve(found));
    });
  });
}

function sentenceFor(name: string, host: string, port: number, error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken by another program: stop that one, or set ${name} to another port (0: any free one).`;
    case 'EACCES':
      return `This user may not listen on port ${port}: set ${name} to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: set WAYMARK_HOST to one that it has.`;
    default:
      return `Nothing can listen on ${host} (WAYMARK_HOST): ${error.message}.`;
  }
}
