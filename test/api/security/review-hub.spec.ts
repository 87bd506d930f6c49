import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, startHub } from '../../support/hub.js';

describe('the hub\'s server', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.close());

  it('waits for the rest of a request for a bounded time', () => {
    const { requestTimeout, headersTimeout } = hub.inside.app.getHttpServer() as Server;
    for (const limit of [requestTimeout, headersTimeout]) {
      expect(limit).toBeGreaterThan(0);
      expect(limit).toBeLessThanOrEqual(60_000);
    }
  });

  it('DM-02: forwarded headers and foreign hosts change neither the issuer nor the tenant', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9', 'x-forwarded-prefix': '/t/evil', forwarded: 'host=evil.example' };
    const metadata = (await (await hub.fetch('/.well-known/oauth-authorization-server', { headers })).json()) as { issuer: string };
    expect(metadata.issuer).toBe(hub.issuer);
  });
});
