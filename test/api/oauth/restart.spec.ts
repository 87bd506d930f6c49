import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SqliteLedger } from '../../../src/platform/ledger/sqlite-ledger.js';
import { authorizeUrl, obtainTokens, pkce, redeem, refresh, obtainCode } from '../../support/code-flow.js';
import { PUBLIC_CLIENT, type TestHub, startHub } from '../../support/hub.js';
import { TestClock } from '../../support/test-clock.js';

describe('a hub on its embedded stores that is stopped and started', () => {
  let directory: string;
  const clock = new TestClock();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-restart-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const start = async (port?: number): Promise<TestHub> => {
    const ledger = await SqliteLedger.open({ file: join(directory, 'ledger.db'), now: () => clock.now() });
    return startHub({ ledger, directory, clock, ...(port === undefined ? {} : { port }) });
  };

  it('still knows who is signed in, every refresh token, and every spent code', async () => {
    const first = await start();
    await first.resource();
    await first.user();
    const { clientId } = await first.agent(PUBLIC_CLIENT);
    const tokens = await obtainTokens(first, clientId);
    const unused = await obtainCode(first, clientId, { browser: tokens.browser });
    const before = (await first.events()).length;
    const { port } = new URL(first.issuer);
    await first.close();

    const second = await start(Number(port));
    expect((await second.events()).length).toBe(before);
    const silent = await tokens.browser.open(authorizeUrl(clientId, pkce().challenge));
    expect(new URL(silent.location!).searchParams.get('code')).toBeTruthy();
    expect((await refresh(second, clientId, tokens.refreshToken)).status).toBe(200);
    expect((await redeem(second, clientId, unused)).status).toBe(200);
    expect((await redeem(second, clientId, tokens)).body['error']).toBe('invalid_grant');
    await second.close();
  });
});
