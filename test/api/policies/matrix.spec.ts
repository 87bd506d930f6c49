import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChangeAgent } from '../../../src/commands/agents/change-agent.js';
import { ReplayDecisions } from '../../../src/commands/decisions/replay-decisions.js';
import { ChangeUser } from '../../../src/commands/users/change-user.js';
import { NOTES, type TestHub, startHub } from '../../support/hub.js';
import { type Paths, preparePaths } from './policy-paths.js';

/** Each kind of rule, and on which paths it is about the request. */
const EVERYWHERE = ['consent', 'code', 'refresh', 'exchange', 'loan', 'client_credentials', 'jwt_bearer'];
const FOR_ANA = ['consent', 'code', 'refresh', 'exchange', 'loan'];
const FOR_ITSELF = ['client_credentials', 'jwt_bearer'];
const kinds: readonly (readonly [string, (userId: string) => object, readonly string[]])[] = [
  ['everything', () => ({}), EVERYWHERE],
  ['agents.tags', () => ({ agents: { tags: ['support'] } }), EVERYWHERE],
  ['agents.owners', () => ({ agents: { owners: [{ kind: 'team', id: 'team_test' }] } }), EVERYWHERE],
  ['agents.registered_by', () => ({ agents: { registered_by: ['admin'] } }), EVERYWHERE],
  ['agents.attested_by', () => ({ agents: { attested_by: ['kubernetes'] } }), ['jwt_bearer']],
  ['principals.kinds', () => ({ principals: { kinds: ['agent'] } }), FOR_ITSELF],
  ['principals.ids', (id) => ({ principals: { ids: [id] } }), FOR_ANA],
  ['principals.roles', () => ({ principals: { roles: ['clerk'] } }), FOR_ANA],
  ['principals.tenants', () => ({ principals: { tenants: ['default'] } }), EVERYWHERE],
  ['principals.claims', () => ({ principals: { claims: { department: ['billing'] } } }), FOR_ANA],
  // One question; and what a loan is asked for with is a token for the notes, which has to hold too.
  ['targets.resources and connections', () => ({ targets: { resources: [NOTES.uri], connections: ['archive'] } }), EVERYWHERE],
  ['targets.scopes', () => ({ targets: { scopes: ['notes:read'] } }), EVERYWHERE],
  ['targets.grant_types', () => ({ targets: { grant_types: ['client_credentials'] } }), ['client_credentials']],
  ['unless', () => ({ unless: { principals: { roles: ['clerk'] } } }), FOR_ITSELF],
  ['condition', () => ({ condition: '"support" in agent.tags && scope == "notes:read" && principal.kind == "user"' }), FOR_ANA],
  ['history', () => ({ condition: 'history.count_today < 1000 && history.agent_days_dormant == 0' }), EVERYWHERE],
];
const OTHERWISE = { id: 'otherwise', effect: 'allow' };

describe('PO-11: each kind of rule on each path to a token', () => {
  let hub: TestHub;
  let paths: Paths;
  beforeAll(async () => {
    hub = await startHub();
    paths = await preparePaths(hub);
  });
  afterAll(() => hub.close());

  const outcomes = async (rules: readonly unknown[]): Promise<Readonly<Record<string, string>>> => {
    await paths.decideBy(rules);
    const found: Record<string, string> = {};
    for (const [name, go] of Object.entries(paths.of)) found[name] = await go();
    return found;
  };
  const expected = (fits: readonly string[], there: string, elsewhere: string) =>
    Object.fromEntries(Object.keys(paths.of).map((path) => [path, fits.includes(path) ? there : elsewhere]));

  it.each(kinds)('%s: deny, obligations and allow come out the same on every path', async (_, members, fits) => {
    const rule = (effect: string) => ({ id: 'rule', effect, ...members(paths.userId) });
    expect(await outcomes([rule('deny'), OTHERWISE])).toEqual(expected(fits, 'policy.denied', 'allowed notes:read'));
    // Consent gives nothing by itself: what has to be confirmed is asked about when a token is.
    expect(await outcomes([rule('require_approval'), OTHERWISE])).toEqual({ ...expected(fits, 'policy.approval_required', 'allowed notes:read'), consent: 'allowed notes:read' });
    expect(await outcomes([rule('require_mfa'), OTHERWISE])).toEqual(expected(fits, 'policy.mfa_required', 'allowed notes:read'));
    expect(await outcomes([rule('allow')])).toEqual(expected(fits, 'allowed notes:read', 'policy.denied'));
  }, 120_000);

  const change = (type: 'SuspendAgent' | 'ResumeAgent') => (agents: readonly string[]) =>
    Promise.all(agents.map((agentId) => hub.do(new ChangeAgent(agentId, type === 'SuspendAgent' ? { type, reason: 'test' } : { type }, hub.context))));
  const user = (type: 'DisableUser' | 'EnableUser') => () => hub.do(new ChangeUser(paths.userId, type === 'DisableUser' ? { type, reason: 'test' } : { type }, hub.context));

  it.each<readonly [string, () => Parameters<Paths['disturb']>, readonly string[]]>([
    ['agent.suspended', () => [change('SuspendAgent'), change('ResumeAgent')], EVERYWHERE], ['user.disabled', () => [user('DisableUser'), user('EnableUser')], FOR_ANA],
  ])('%s comes out the same on every path, and each record has the error that was answered', async (reason, disturbance, fits) => {
    const { consent: _, ...of } = paths.of;
    await paths.decideBy([OTHERWISE]);
    paths.disturb(...disturbance());
    const found: Record<string, string> = {};
    for (const [name, go] of Object.entries(of)) found[name] = await go();
    paths.disturb(() => Promise.resolve(), () => Promise.resolve());
    expect(found).toEqual(Object.fromEntries(Object.keys(of).map((path) => [path, fits.includes(path) ? reason : 'allowed notes:read'])));
  }, 60_000);

  it('PO-05, PO-06: what can\'t be answered is refused on every path', async () => {
    const rules = [{ id: 'rule', effect: 'deny', condition: 'principal.claims.clearance == ["high"]' }, OTHERWISE];
    expect(await outcomes(rules)).toEqual(expected(EVERYWHERE, 'policy.error', ''));
    const [refused] = (await hub.events('TokenRefused')).slice(-1);
    expect(refused!.data).toMatchObject({ reason: 'policy.error', decision: { unanswered: [{ ruleId: 'rule', problem: 'condition.missing' }] } });
  }, 60_000);

  it('all of it is decided again from the ledger alone, with the same outcome', async () => {
    const replays = hub.inside.app.get(ReplayDecisions, { strict: false });
    const whole = await replays.page({ tenant: hub.context.tenant, after: '', limit: 100_000 });
    expect(whole).toMatchObject({ mismatches: [], unknown: 0, atEnd: true });
    expect(whole.decisions).toBeGreaterThan(100);
  });

  it('left no failure behind', () => expect(hub.inside.failures).toEqual([]));
});
