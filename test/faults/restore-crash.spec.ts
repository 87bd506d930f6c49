import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { obtainTokens, refresh } from '../support/code-flow.js';
import { NOTES } from '../support/hub.js';
import { said } from './crash-row.js';
import { CrashWorld } from './crash-world.js';

describe('a restored hub that is killed (RecordRestore, ReplaceSigningKeys, EndQuarantine)', () => {
  const world = new CrashWorld();
  let service: Awaited<ReturnType<CrashWorld['service']>>;
  let clientId: string;
  let refreshToken: string;
  let keysBefore: readonly string[];
  const keys = async (): Promise<readonly string[]> => ((await world.hub.json('/jwks', {})).body['keys'] as { kid: string }[]).map(({ kid }) => kid);
  const issue = async (): Promise<string> => said(await world.hub.clientCredentials(service, { resource: NOTES.uri }));
  const release = () => world.admin('POST', '/api/deployment/release', { reason: 'looked at' });
  const nothingIsWrong = async (): Promise<void> => {
    expect((await world.hub.ask({ kind: 'audit', acknowledged: world.told })).violations).toEqual([]);
    expect(await world.hub.ask({ kind: 'failures' })).toEqual([]);
  };
  beforeAll(async () => {
    await world.start();
    await world.settle();
    service = await world.service();
    clientId = await world.publicClient();
    ({ refreshToken } = await obtainTokens(world.hub, clientId, world.browser));
    keysBefore = await keys();
    await world.hub.kill();
  }, 60_000);
  afterAll(() => world.close());

  it('in front of its first appends: begins again, and nothing of before counts when it serves', async () => {
    for (const append of [1, 2, 3]) {
      await world.start({ append, when: 'before' }, 'rst_1');
      expect(world.hub.ready).toBeUndefined();
      await world.hub.kill();
    }
    await world.start(undefined, 'rst_1');

    expect(await issue()).toMatch(/^503 /);
    expect(said(await refresh(world.hub, clientId, refreshToken))).toBe('400 invalid_grant');
    const now = await keys();
    expect([now.length, now.filter((kid) => keysBefore.includes(kid))]).toEqual([2, []]);
    await nothingIsWrong();
  }, 120_000);

  it('before its release is written: is quarantined still; after it: issues, though nobody was told', async () => {
    for (const [when, answer] of [['before', /^503 /], ['after', /^200$/]] as const) {
      await world.authorize();
      await world.hub.hold({ append: 1, when });
      await world.hub.held(release());
      await world.restart();
      expect(await issue()).toMatch(answer);
    }
    await world.authorize();
    expect((await release()).body).toEqual({ released: false });
    await nothingIsWrong();
  }, 60_000);
});
