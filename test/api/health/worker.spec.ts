import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createWorker } from '../../../src/hub.js';
import { MemoryLedger } from '../../support/memory-ledger.js';
import type { Vault } from '../../../src/platform/vault/open-vault.js';
import { vaultDirectory } from '../../platform/vault/vault-directory.js';
import { openReadDatabase } from '../../../src/platform/database/open-read-database.js';
import { Documents } from '../../support/documents.js';

describe('a worker', () => {
  const place = vaultDirectory();
  const ledger = new MemoryLedger(() => place.clock.now());
  const { database } = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' });
  let app: NestFastifyApplication;
  let vault: Vault;
  let url: string;
  beforeAll(async () => {
    vault = await place.open();
    const settings = { publicUrl: 'https://hub.example', allowLoopback: false, trustedProxies: [] };
    app = await createWorker({ ledger, vault, clock: place.clock, fetch: new Documents(), settings, readDatabase: database }, () => undefined);
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as { port: number }).port}`;
  });
  afterAll(async () => {
    await app.close();
    await ledger.close();
    await place.end();
  });

  const statusOf = async (path: string, method = 'GET') => (await fetch(`${url}${path}`, { method })).status;

  it('tells how it is', async () => {
    expect([await statusOf('/health/live'), await statusOf('/health/ready'), await statusOf('/metrics')]).toEqual([200, 200, 200]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of ['mandate_ready 1', 'mandate_projection_lag_seconds 0', 'mandate_live_state_entries']) expect(metrics).toContain(name);
  });

  it('has no path that gives anything to anybody', async () => {
    const posts = ['/token', '/register', '/revoke', '/introspect', '/sign-in', '/consent', '/api/agents'];
    for (const path of posts) expect([path, await statusOf(path, 'POST')]).toEqual([path, 404]);
    for (const path of ['/', '/jwks', '/authorize', '/my/agents', '/api/agents', '/api/openapi.json', '/events', '/.well-known/oauth-authorization-server', '/t/acme/jwks'])
      expect([path, await statusOf(path)]).toEqual([path, 404]);
  });
});
