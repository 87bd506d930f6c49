import { setTimeout } from 'node:timers/promises';
import { HttpConnection } from '../load/http-connection.js';
import { Worker, nothingAcknowledged } from '../load/worker.js';
import type { RunningHub } from '../servers/running-hub.js';
import { CALLBACK, type ServerReady } from '../servers/server-ready.js';
import type { MixedLoad } from './mixed-load.js';

/** Milliseconds between two of the same. The hub takes 60 registrations a minute from one network. */
const EVERY = 2_000;

/** Beside the load: an agent is suspended, gets nothing, is resumed, gets something; and strangers register themselves. */
export const administrate = async (hub: RunningHub, server: ServerReady, load: MixedLoad, until: () => boolean): Promise<void> => {
  // The load's connections speak for the first callers; this one is nobody's.
  const n = server.callers.length - 1;
  const { clientId } = server.callers[n]!;
  const worker = new Worker(await HttpConnection.open(server.port), server, n, nothingAcknowledged());
  for (; !until(); await setTimeout(EVERY)) {
    await load.count('suspension and resume', async () => {
      await hub.call('POST', `agents/${clientId}/suspend`, { reason: 'soak' });
      const answer = await worker.clientToken().catch((error: Error) => error);
      if (!(answer instanceof Error) || !answer.message.includes('invalid_grant')) throw new Error(`a suspended agent was answered with ${String(answer).slice(0, 200)}`);
      await hub.call('POST', `agents/${clientId}/resume`);
      await worker.clientToken();
    });
    await load.count('registration', () => register(hub.url));
  }
  worker.close();
};

/** RFC 7591. */
const register = async (url: string): Promise<void> => {
  const response = await fetch(`${url}/register`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Soak', redirect_uris: [CALLBACK], grant_types: ['authorization_code', 'refresh_token'], token_endpoint_auth_method: 'none' }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${text}`);
};
