import { createServer } from 'node:net';

/** A port that was free a moment ago: the issuer's name holds it, so it has to be known before the hub is made. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
