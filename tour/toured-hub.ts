import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/platform/config.js';
import { type OperatorCredentials, findOperator } from '../src/platform/operator-credentials.js';
import { startMandate } from '../src/start.js';
import { freePorts } from '../test/support/free-ports.js';
import { startRoundRobin } from '../test/support/round-robin.js';

export interface TouredHub {
  readonly issuer: string;
  readonly sampleUrl: string;
  readonly operator: OperatorCredentials;
  readonly isPrivate: boolean;
  close(): Promise<void>;
}


const isAlive = async (issuer: string): Promise<boolean> => {
  try {
    return (await fetch(`${issuer}/.well-known/oauth-authorization-server`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
};

/** Nodes of one hub, separated by commas: then this process stands before them, at the hub's own address, and gives each request to the next. */
const standBefore = async (issuer: string): Promise<() => Promise<void>> => {
  const nodes = process.env['TOUR_NODES'];
  if (nodes === undefined) return async () => undefined;
  const roundRobin = await startRoundRobin(nodes.split(','), Number(new URL(issuer).port));
  return async () => {
    console.log(`\n    The nodes were given ${roundRobin.given.join(' and ')} requests.`);
    await roundRobin.close();
  };
};

/** The hub that is running with this configuration, or one of its own in a temporary directory. */
export const findOrStartHub = async (): Promise<TouredHub> => {
  const config = readConfig();
  const close = await standBefore(config.publicUrl);
  const operator = await findOperator(config).catch(() => undefined);
  if (operator && operator.issuer === config.publicUrl && config.sample && (await isAlive(config.publicUrl)))
    return { issuer: config.publicUrl, sampleUrl: `http://localhost:${config.sample.port}/mcp`, operator, isPrivate: false, close };
  await close();
  if (process.env['TOUR_NODES'] !== undefined) throw new Error(`The nodes of TOUR_NODES are no running hub ${config.publicUrl} with a sample server.`);
  return startOwn();
};

const startOwn = async (): Promise<TouredHub> => {
  const [port, samplePort] = await freePorts(2);
  const directory = mkdtempSync(join(tmpdir(), 'mandate-tour-'));
  const own = readConfig({ ...process.env, PORT: String(port), MANDATE_SAMPLE_PORT: String(samplePort), MANDATE_DATA: directory, MANDATE_ISSUER: '', MANDATE_LOG: 'error' });
  const running = await startMandate(own);
  return {
    issuer: own.publicUrl, sampleUrl: `http://localhost:${samplePort}/mcp`, operator: (await findOperator(own))!, isPrivate: true,
    close: async () => {
      await running.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
