import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReplayDecisions } from '../../../src/commands/decisions/replay-decisions.js';
import { GiveGrant } from '../../../src/commands/grants/give-grant.js';
import { ChangeProviders } from '../../../src/commands/identity-providers/change-providers.js';
import { RemoveTrustRule } from '../../../src/commands/trust/remove-trust-rule.js';
import { LedgerAudit } from '../../../src/domain/audit/ledger-audit.js';
import { CelConditions } from '../../../src/platform/cel-conditions.js';
import { claimsOf } from '../../support/exchange.js';
import { NOTES, type TestHub } from '../../support/hub.js';
import { IdJagRig, PROVIDER_ID } from '../../support/id-jag-rig.js';
import { JWT_BEARER, said } from '../../support/workload-rig.js';
import { CIBA } from '../approvals/approvals-rig.js';

describe('what only an identity provider\'s word gave ends with the trust in it', () => {
  let rig: IdJagRig;
  let hub: TestHub;
  beforeAll(async () => {
    rig = await IdJagRig.start();
    ({ hub } = rig);
  });
  afterAll(() => hub.close());
  beforeEach(() => rig.next([JWT_BEARER, CIBA]));
  const jag: IdJagRig['jag'] = (...given) => rig.jag(...given);
  const redeem: IdJagRig['redeem'] = (...given) => rig.redeem(...given);

  const userOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => String(claimsOf(body['access_token'])['sub']);
  /** Another way to what was granted: the agent asks for the person first. */
  const ask = async (userId: string, scope?: string) => {
    hub.inside.clock.advance(61);
    return said(await hub.post('/bc-authorize', { login_hint: userId, resource: NOTES.uri, ...(scope === undefined ? {} : { scope }) }, rig.proof));
  };
  const byAdmin = (userId: string, scopes: readonly string[]) =>
    hub.do(new GiveGrant({ agentId: rig.agent.agentId, principal: { kind: 'user', id: userId }, resourceId: rig.notes, scopes }, hub.context));

  it('WF-14: whichever way the agent asks, and the record says why; given anew it is another one', async () => {
    const userId = userOf(await redeem(await jag()));
    expect((await hub.events('GrantBasisChanged')).at(-1)!.data).toMatchObject({ scopes: ['notes:read'], trustRuleId: rig.ruleId });
    expect(await ask(userId)).toEqual([200, 'issued']);
    await hub.do(new RemoveTrustRule(rig.ruleId, 'test', hub.context));
    expect([await ask(userId, 'notes:read'), (await rig.lastRefusal())['reason']]).toEqual([[400, 'invalid_grant'], 'grant.trust_ended']);
    await rig.trust();
    expect((await ask(userId, 'notes:read'))[0]).toBe(400);
    expect(said(await redeem(await jag({ jti: `anew-${rig.counter}` })))).toEqual([200, 'issued']);
    expect((await hub.events('GrantGiven')).at(-1)!.data).toMatchObject({ agentId: rig.agent.agentId, epoch: 1 });
    expect(await ask(userId)).toEqual([200, 'issued']);
  });

  it('and nothing else: what a person or an administrator gave too stays', async () => {
    const userId = userOf(await redeem(await jag({ scope: 'notes:read notes:write' })));
    await byAdmin(userId, ['notes:read']);
    await hub.do(new RemoveTrustRule(rig.ruleId, 'test', hub.context));
    expect([await ask(userId), await ask(userId, 'notes:read'), await ask(userId, 'notes:write')]).toEqual([[200, 'issued'], [200, 'issued'], [400, 'invalid_grant']]);
    await byAdmin(userId, ['notes:write']);
    expect(await ask(userId, 'notes:write')).toEqual([200, 'issued']);
    await rig.trust();
    const rested = (await hub.events('GrantBasisChanged')).length;
    await redeem(await jag({ jti: `more-${rig.counter}`, scope: 'notes:write' }));
    expect((await hub.events('GrantBasisChanged')).length).toBe(rested);
  });

  it('also with the rule\'s time', async () => {
    await hub.do(new RemoveTrustRule(rig.ruleId, 'test', hub.context));
    await rig.trust({ expiresAt: hub.inside.clock.seconds() + 600 });
    const userId = userOf(await redeem(await jag()));
    expect(await ask(userId)).toEqual([200, 'issued']);
    hub.inside.clock.advance(601);
    expect([await ask(userId, 'notes:read'), (await rig.lastRefusal())['reason']]).toEqual([[400, 'invalid_grant'], 'grant.trust_ended']);
    await rig.trust();
  });

  it('and when the identity provider is taken away: its rules go with it', async () => {
    const { body } = await redeem(await jag());
    const userId = userOf({ body });
    await hub.do(new ChangeProviders({ type: 'RemoveProvider', providerId: PROVIDER_ID, reason: 'We left Acme.' }, hub.context));
    expect((await hub.events('TrustRuleRemoved')).map(({ data }) => data)).toContainEqual({ ruleId: rig.ruleId, reason: 'We left Acme.' });
    expect((await hub.post('/introspect', { token: String(body['access_token']) }, rig.proof)).body['active']).toBe(false);
    expect(await ask(userId, 'notes:read')).toEqual([400, 'invalid_grant']);
    await rig.setProvider();
    await rig.trust();
  });

  it('is decided again from the ledger alone with the same outcome, and the audit finds nothing', async () => {
    const replayed = await hub.inside.app.get(ReplayDecisions, { strict: false }).page({ tenant: hub.context.tenant, after: '', limit: 100_000 });
    expect(replayed).toMatchObject({ mismatches: [], unknown: 0 });
    const audit = new LedgerAudit(new CelConditions());
    for (const one of await hub.events()) audit.see(one);
    expect(audit.result().violations).toEqual([]);
  });
});
