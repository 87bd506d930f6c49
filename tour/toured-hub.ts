import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/platform/config.js';
import { type OperatorFile, readOperatorFile } from '../src/platform/operator-file.js';
import { startMandate } from '../src/start.js';

export interface TouredHub {
  readonly issuer: string;
  readonly sampleUrl: string;
  readonly operator: OperatorFile;
  readonly isPrivate: boolean;
  close(): Promise<void>;
}

const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  })));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
};

const isAlive = async (issuer: string): Promise<boolean> => {
  try {
    return (await fetch(`${issuer}/.well-known/oauth-authorization-server`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
};

/** The hub that is running with this configuration, or one of its own in a temporary directory. */
export const findOrStartHub = async (): Promise<TouredHub> => {
  const config = readConfig();
  const operator = readOperatorFile(config.dataDirectory);
  if (operator && operator.issuer === config.publicUrl && config.sample && (await isAlive(config.publicUrl)))
    return { issuer: config.publicUrl, sampleUrl: `http://localhost:${config.sample.port}/mcp`, operator, isPrivate: false, close: async () => undefined };
  const [port, samplePort] = await freePorts(2);
  const directory = mkdtempSync(join(tmpdir(), 'mandate-tour-'));
  const own = readConfig({ ...process.env, PORT: String(port), MANDATE_SAMPLE_PORT: String(samplePort), MANDATE_DATA: directory, MANDATE_ISSUER: '', MANDATE_LOG: 'error' });
  const running = await startMandate(own);
  return {
    issuer: own.publicUrl, sampleUrl: `http://localhost:${samplePort}/mcp`, operator: readOperatorFile(directory)!, isPrivate: true,
    close: async () => {
      await running.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
