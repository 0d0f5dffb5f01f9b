import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { listeningProcesses } from './listening-processes.ts';

/** Whose CPU a deployment's is: that of the processes behind its addresses, when they are on this machine. */
const LISTEN = `
  const server = require('node:net').createServer(() => 0);
  server.listen(0, process.argv[1], () => console.log(server.address().port));`;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function listener(host: string): Promise<{ readonly pid: number; readonly port: number }> {
  const child = spawn(process.execPath, ['-e', LISTEN, host], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { pid: child.pid!, port: Number(String(port)) };
}

describe('the processes that listen at an address', () => {
  it.each(['http', 'ws', 'https', 'wss'])('are found by its port, %s', async (protocol) => {
    const { pid, port } = await listener('127.0.0.1');
    expect(await listeningProcesses(`${protocol}://127.0.0.1:${port}/waymark`)).toEqual([pid]);
    expect(await listeningProcesses(`${protocol}://localhost:${port}`)).toEqual([pid]);
  });

  it('are found where they listen at every address', async () => {
    const { pid, port } = await listener('0.0.0.0');
    expect(await listeningProcesses(`http://127.0.0.1:${port}`)).toEqual([pid]);
  });

  it('are none where nobody listens, nor at an address of another machine, nor at a name that nobody has', async () => {
    const { port } = await listener('127.0.0.1');
    children.pop()!.kill('SIGKILL');
    const other = await listener('127.0.0.1');
    // Kept by the system for a moment at most.
    const gone = await listeningProcesses(`http://127.0.0.1:${port}`);
    expect(gone).not.toContain(other.pid);
    expect(await listeningProcesses(`http://192.0.2.1:${other.port}`)).toEqual([]);
    expect(await listeningProcesses(`http://waymark.invalid:${other.port}`)).toEqual([]);
  });
});
