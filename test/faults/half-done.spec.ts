import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RevokeSigningKey } from '../../src/commands/keys/revoke-signing-key.js';
import { RotateSigningKeys } from '../../src/commands/keys/rotate-signing-keys.js';
import type { NewEvent } from '../../src/domain/kernel/event.js';
import { KeyRing } from '../../src/domain/ports/key-ring.js';
import { type Appended, type Expected, LedgerUnavailable } from '../../src/domain/ports/ledger.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { type TestHub, startHub } from '../support/hub.js';
import { TestClock } from '../support/test-clock.js';

/** Fails in front of one kind of event, as a process does that dies there. */
class FailingLedger extends MemoryLedger {
  refuses: string | undefined;

  override append(stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    if (events.some(({ type }) => type === this.refuses)) return Promise.reject(new LedgerUnavailable('out of order'));
    return super.append(stream, expected, events);
  }
}

describe('what a crash left half done', () => {
  let hub: TestHub;
  let ledger: FailingLedger;
  beforeEach(async () => {
    const clock = new TestClock();
    ledger = new FailingLedger(() => clock.now());
    hub = await startHub({ ledger, clock });
  });
  afterEach(() => hub.close());

  it('is a signing key without its private half, never one that the ledger says is destroyed and the vault still has', async () => {
    await hub.do(new RotateSigningKeys(['ES256'], true, hub.context));
    const [retired] = await hub.events('SigningKeyRetired');
    const { kid } = retired!.data as { kid: string };
    hub.inside.clock.advance(3 * 86_400);
    ledger.refuses = 'SigningKeyRemoved';

    await expect(hub.do(new RotateSigningKeys(['ES256'], false, hub.context))).rejects.toThrow(LedgerUnavailable);

    await expect(hub.inside.app.get(KeyRing, { strict: false }).load(hub.context.tenant, kid, 'ES256')).rejects.toThrow(/no signing key/);
    expect(await hub.events('SigningKeyRemoved')).toEqual([]);
    ledger.refuses = undefined;
    await hub.do(new RotateSigningKeys(['ES256'], false, hub.context));
    expect((await hub.events('SigningKeyRemoved')).map(({ data }) => data)).toEqual([{ kid }]);
  });

  it('is a revoked key whose private half is there still, never one that counts: it stopped counting first, and the next round destroys it', async () => {
    const [generated] = await hub.events('SigningKeyGenerated');
    const { kid } = generated!.data as { kid: string };
    ledger.refuses = 'SigningKeyRemoved';
    const published = async (): Promise<string> => JSON.stringify(await (await hub.fetch('/jwks')).json());

    await expect(hub.do(new RevokeSigningKey(kid, 'leaked', hub.context))).rejects.toThrow(LedgerUnavailable);

    expect((await hub.events('SigningKeyRevoked')).map(({ data }) => data)).toEqual([{ kid, reason: 'leaked' }]);
    expect(await published()).not.toContain(kid);
    ledger.refuses = undefined;
    await hub.do(new RotateSigningKeys(['ES256', 'RS256'], false, hub.context));
    expect((await hub.events('SigningKeyRemoved')).map(({ data }) => data)).toEqual([{ kid }]);
    await expect(hub.inside.app.get(KeyRing, { strict: false }).load(hub.context.tenant, kid, 'ES256')).rejects.toThrow(/no signing key/);
  });
});
