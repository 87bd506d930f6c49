import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { RevokeSigningKey } from '../../src/commands/keys/revoke-signing-key.js';
import { RotateSigningKeys } from '../../src/commands/keys/rotate-signing-keys.js';
import { NOTES, type TestHub, startHub } from '../support/hub.js';
import { LateLedger } from '../support/late-ledger.js';

describe('a node that has not heard yet that the signing keys changed (F-27)', () => {
  let first: TestHub;
  let late: TestHub;
  let ledger: LateLedger;
  let service: Awaited<ReturnType<TestHub['service']>>;
  beforeEach(async () => {
    first = await startHub();
    service = await first.service(await first.resource(), ['notes:read']);
    ledger = new LateLedger(first.inside.ledger);
    late = await startHub({ beside: first, ledger });
  });
  afterEach(async () => {
    ledger.release();
    await late.close();
    await first.close();
  });

  const issue = (hub: TestHub) => hub.clientCredentials(service, { resource: NOTES.uri });
  const kidOf = (token: unknown): string => decodeProtectedHeader(String(token)).kid!;
  /** As a resource server does that asks the other node for the keys. */
  const verify = async (token: unknown): Promise<void> => {
    const keys = (await first.json('/jwks', {})).body as unknown as Parameters<typeof createLocalJWKSet>[0];
    const { clock } = first.inside;
    await jwtVerify(String(token), createLocalJWKSet(keys), { issuer: first.issuer, audience: NOTES.uri, currentDate: new Date(clock.now()) });
  };
  /** What it answers to a question that it began to work on before it heard. */
  const answeredLate = async (change: () => Promise<unknown>) => {
    ledger.hold();
    await change();
    const written = ledger.written();
    const answer = issue(late);
    await written;
    ledger.release();
    return answer;
  };

  it('after a rotation: signs with a key that everybody knows', async () => {
    const { status, body } = await answeredLate(() => first.do(new RotateSigningKeys(['ES256'], true, first.context)));
    expect(status).toBe(200);
    await verify(body['access_token']);
    await verify((await issue(late)).body['access_token']);
  });

  it('after the revocation of the key: gives no token that it signed', async () => {
    const stolen = kidOf((await issue(late)).body['access_token']);
    const { body } = await answeredLate(() => first.do(new RevokeSigningKey(stolen, 'a test', first.context)));
    const token = body['access_token'] ?? (await issue(late)).body['access_token'];
    expect(kidOf(token)).not.toBe(stolen);
    await verify(token);
  });
});
