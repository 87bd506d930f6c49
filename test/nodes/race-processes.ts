import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Position } from '../../src/domain/kernel/event.js';
import { EventStoreLedger } from '../../src/platform/ledger/event-store-ledger.js';
import { freePorts } from '../support/free-ports.js';
import { type HubProcess, startHubProcess } from '../support/hub-process/hub-process.js';
import { databaseUrl, ownDatabase } from '../support/own-database.js';
import type { RaceNodes } from '../faults/race-nodes.js';
import { leaveBehind } from './deployment.js';

const eventStoreUrl = process.env['EVENTSTORE_URL'];

/** Why it can't run here; undefined when it can. */
export const missingRaceStores = eventStoreUrl === undefined || databaseUrl === undefined ? 'set EVENTSTORE_URL and DATABASE_URL to run it; it begins a hub in that EventStoreDB' : undefined;

/** Two processes, started at the same moment, with nothing in common but EventStoreDB, a vault in PostgreSQL and its key. */
export const startRaceProcesses = async (): Promise<{ readonly nodes: RaceNodes & { readonly hubs: readonly HubProcess[] }; readonly begin: Position; end(): Promise<void> }> => {
  if (missingRaceStores !== undefined) throw new Error(`Two processes need real stores: ${missingRaceStores}.`);
  const directory = mkdtempSync(join(tmpdir(), 'mandate-races-'));
  const database = await ownDatabase();
  const end = async (): Promise<void> => {
    rmSync(directory, { recursive: true, force: true });
    await database.drop();
  };
  try {
    const stores = { eventStoreUrl: eventStoreUrl!, databaseUrl: database.url };
    const begin = await leaveBehind({ EVENTSTORE_URL: stores.eventStoreUrl, DATABASE_URL: stores.databaseUrl, MANDATE_DATA: directory, MANDATE_LOG: 'warn', PORT: '0' });
    const ports = await freePorts(2);
    const issuer = `http://localhost:${ports[0]}`;
    const hubs = await Promise.all(ports.map((port) => startHubProcess({ ...stores, directory, port, issuer })));
    const ledger = await EventStoreLedger.connect({ url: stores.eventStoreUrl });
    const nodes = {
      hubs, ledger, operator: hubs[0]!.ready!.operator,
      advance: async (seconds: number) => void (await Promise.all(hubs.map((hub) => hub.ask({ kind: 'advance', seconds })))),
      failures: async () => (await Promise.all(hubs.map((hub) => hub.ask({ kind: 'failures' })))).flat(),
      close: async () => {
        await Promise.all(hubs.map((hub) => hub.kill()));
        await ledger.close();
      },
    };
    return { nodes, begin, end };
  } catch (error) {
    await end();
    throw error;
  }
};
