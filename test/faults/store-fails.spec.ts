import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RotateSigningKeys } from '../../src/commands/keys/rotate-signing-keys.js';
import { SigningKeys } from '../../src/commands/keys/signing-keys.js';
import { LedgerUnreadable } from '../../src/domain/ports/ledger.js';
import { SecretMissing } from '../../src/domain/ports/secret-store.js';
import { homeOf } from '../api/admin/admin-rig.js';
import { Approvals, CIBA, PAYMENTS, REFUNDS_ARE_ASKED, withPasskey } from '../api/approvals/approvals-rig.js';
import type { Browser } from '../support/browser.js';
import { obtainCode, obtainTokens, redeem, refresh } from '../support/code-flow.js';
import { ACCESS_TOKEN, EXCHANGE, exchanger, operate } from '../support/exchange.js';
import { type AppendFault, FailingLedger, type ReadFault } from '../support/failing-ledger.js';
import { NOTES, PUBLIC_CLIENT, type TestHub, basic, startHub } from '../support/hub.js';
import type { HubOverHttp, JsonAnswer } from '../support/hub-over-http.js';
import { IdJagRig } from '../support/id-jag-rig.js';
import { JWT_BEARER, WorkloadRig } from '../support/workload-rig.js';

/** A request that is valid once, to be made to any node. */
type Request = (hub: HubOverHttp) => Promise<JsonAnswer>;
const READS: readonly ReadFault[] = ['away', 'unreadable'];
const APPENDS: readonly AppendFault[] = ['refused', 'in doubt', 'overtaken'];

describe('a request to /token of which the ledger fails one append or one read', () => {
  let rig: IdJagRig;
  let hub: TestHub;
  let node: TestHub;
  let ledger: FailingLedger;
  let workload: WorkloadRig;
  let browser: Browser;
  let approvals: Approvals;
  let ana: Awaited<ReturnType<typeof withPasskey>>;
  let payments: string;
  beforeAll(async () => {
    rig = await IdJagRig.start();
    ({ hub } = rig);
    ledger = new FailingLedger(hub.inside.ledger);
    node = await startHub({ beside: hub, ledger });
    // Each node fetches for itself.
    workload = await WorkloadRig.of(node, rig.notes);
    workload.publish();
    approvals = new Approvals(hub);
    await hub.user();
    browser = hub.browser();
    ana = await withPasskey(hub);
    payments = await hub.resource(PAYMENTS);
    await approvals.decideBy(REFUNDS_ARE_ASKED);
  });
  afterAll(async () => {
    await node.close();
    await hub.close();
  });

  const requests: Readonly<Record<string, () => Promise<Request>>> = {
    client_credentials: async () => {
      const service = await hub.service(rig.notes, ['notes:read']);
      return (at) => at.clientCredentials(service, { resource: NOTES.uri });
    },
    authorization_code: async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const obtained = await obtainCode(hub, clientId, { browser });
      return (at) => redeem(at, clientId, obtained);
    },
    refresh_token: async () => {
      const { clientId } = await hub.agent(PUBLIC_CLIENT);
      const { refreshToken } = await obtainTokens(hub, clientId, browser);
      return (at) => refresh(at, clientId, refreshToken);
    },
    'token-exchange': async () => {
      const [{ clientId }, backend] = [await hub.agent(PUBLIC_CLIENT), await exchanger(hub)];
      await operate(hub, rig.notes, backend.agentId);
      const { accessToken } = await obtainTokens(hub, clientId, browser);
      return (at) => at.post('/token', { grant_type: EXCHANGE, subject_token: accessToken, subject_token_type: ACCESS_TOKEN, resource: NOTES.uri, scope: 'notes:read' }, basic(backend.clientId, backend.clientSecret));
    },
    'jwt-bearer, of a platform': async () => {
      const assertion = await (await workload.pod({}, homeOf(hub))).token();
      return (at) => at.post('/token', { grant_type: JWT_BEARER, assertion, resource: NOTES.uri });
    },
    'jwt-bearer, of an identity provider': async () => {
      await rig.next();
      const [assertion, proof] = [await rig.jag(), rig.proof];
      return (at) => at.post('/token', { grant_type: JWT_BEARER, assertion }, proof);
    },
    'what a person has confirmed': async () => {
      const client = await approvals.client({ kind: 'user', id: ana.userId }, payments);
      const asked = await approvals.refund(client);
      await approvals.confirm(asked, ana);
      return (at) => at.post('/token', { grant_type: CIBA, auth_req_id: String(asked.body['auth_req_id']) }, basic(client.clientId, client.clientSecret));
    },
    'what a person has to confirm': async () => {
      const client = await approvals.client({ kind: 'user', id: ana.userId }, payments);
      return (at) => at.clientCredentials(client, { resource: PAYMENTS.uri, scope: 'pay:refund' });
    },
  };

  const toComeAgain = { status: 503, error: 'temporarily_unavailable', retryAfter: expect.stringMatching(/^[1-5]$/) };
  const told = ({ status, headers, body }: JsonAnswer) => ({ status, error: body['error'], retryAfter: headers.get('retry-after') });

  /** Makes it again and again, each time with another failure, until none is left; then what it is told, and what when all is well again. */
  const everyFailure = async (prepare: () => Promise<Request>, fail: (n: number) => void) => {
    const seen: { readonly failed: unknown; readonly again: number }[] = [];
    for (let n = 1; ; n += 1) {
      const request = await prepare();
      fail(n);
      const answer = await request(node);
      if (!ledger.mend()) return seen;
      seen.push({ failed: told(answer), again: (await request(node)).status });
    }
  };

  describe.each(Object.keys(requests))('%s', (name) => {
    it.each(READS)('a read that is %s: to come again', async (how) => {
      for (const { failed, again } of await everyFailure(requests[name]!, () => ledger.failRead(how))) {
        expect(failed).toEqual(toComeAgain);
        expect([200, 400]).toContain(again);
      }
      // What no patience mends, somebody has to hear of.
      expect(node.inside.failures.splice(0).filter((error) => !(error instanceof LedgerUnreadable))).toEqual([]);
    });

    it.each(APPENDS)('an append that is %s: to come again', async (how) => {
      const seen = await everyFailure(requests[name]!, (n) => ledger.failAppend(n, how));
      for (const { failed, again } of seen) {
        expect(failed).toEqual(toComeAgain);
        expect([200, 400]).toContain(again);
      }
      expect(node.inside.failures).toEqual([]);
    });
  });

  it('and one whose signing key is not in the vault, as when another deployment writes to the same ledger: to come again, and somebody hears of it', async () => {
    const request = await requests['client_credentials']!();
    await hub.do(new RotateSigningKeys(['ES256'], true, hub.context));
    const { kid } = await hub.inside.app.get(SigningKeys, { strict: false }).active(hub.context.tenant, 'ES256');
    await hub.inside.vault.secrets.delete(hub.context.tenant, 'signing-key', kid);
    expect(told(await request(node))).toEqual(toComeAgain);
    expect(node.inside.failures).toEqual([expect.any(SecretMissing)]);
  });
});
