import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RoundRobin {
  readonly port: number;
  /** How many requests each node was given. */
  readonly given: readonly number[];
  close(): Promise<void>;
}

/** What stands before several nodes: every request goes to the next one, whoever sends it. */
export const startRoundRobin = async (nodes: readonly string[], port = 0): Promise<RoundRobin> => {
  const given = nodes.map(() => 0);
  let next = 0;
  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const n = next++ % nodes.length;
    given[n]! += 1;
    const { hostname, port: nodePort } = new URL(nodes[n]!);
    const onward = request({ hostname, port: nodePort, method: incoming.method, path: incoming.url, headers: incoming.headers }, (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.rawHeaders);
      theirs.pipe(answer);
    });
    onward.on('error', () => (answer.headersSent ? answer.destroy() : void answer.writeHead(502).end()));
    incoming.pipe(onward);
  };
  const server = createServer(forward);
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, 'localhost', listening));
  return {
    port: (server.address() as AddressInfo).port, given,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
