import { createServer } from 'node:net';

/** Ports that were free a moment ago, all different: names hold them, so they have to be known before the servers are made. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
};

/** One of them. */
export const freePort = async (): Promise<number> => (await freePorts(1))[0]!;
