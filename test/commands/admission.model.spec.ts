import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AccessFactsReader } from '../../src/commands/access-facts.js';
import { grantIdOf } from '../../src/commands/derived-ids.js';
import { SigningKeys } from '../../src/commands/keys/signing-keys.js';
import { LiveState } from '../../src/commands/live-state.js';
import { ShadowDecisions } from '../../src/commands/policies/shadow-decisions.js';
import { IssueToken } from '../../src/commands/tokens/issue-token.js';
import { TokenRefusals } from '../../src/commands/tokens/token-refusals.js';
import { Write } from '../../src/commands/write.js';
import { historyOf, usage } from '../../src/domain/activity/usage.js';
import { agent } from '../../src/domain/agent/agent.decider.js';
import { grant } from '../../src/domain/grant/grant.decider.js';
import { fold } from '../../src/domain/kernel/decider.js';
import { type RecordedEvent, SYSTEM } from '../../src/domain/kernel/event.js';
import { streams } from '../../src/domain/kernel/ids.js';
import { keySet } from '../../src/domain/key/key.decider.js';
import { decideAccess } from '../../src/domain/policy/decide-access.js';
import { policy } from '../../src/domain/policy/policy.decider.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { resource } from '../../src/domain/resource/resource.decider.js';
import { tenant } from '../../src/domain/tenant/tenant.decider.js';
import { token } from '../../src/domain/token/token.decider.js';
import { CelConditions } from '../../src/platform/cel-conditions.js';
import { JoseJwtVerifier } from '../../src/platform/jose-jwt-verifier.js';
import { PromMetrics } from '../../src/platform/metrics/prom-metrics.js';
import { MemoryLedger } from '../support/memory-ledger.js';
import { type Vault, openVault } from '../../src/platform/vault/open-vault.js';
import { ScheduledLedger } from '../support/scheduled-ledger.js';
import { TestClock } from '../support/test-clock.js';

const TENANT = 'tnt_model';
const AGENT = 'agt_model';
const RESOURCE = 'res_model';
const context = { tenant: TENANT, actor: SYSTEM, correlationId: 'model' };
const clock = new TestClock();
const conditions = new CelConditions();
const METADATA = { redirectUris: [], grantTypes: ['client_credentials'], tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web' } as const;
const ALLOW = JSON.stringify({ rules: [{ id: 'allow', effect: 'allow' }] });
const DENY = JSON.stringify({ rules: [{ id: 'deny', effect: 'deny' }] });
/** Twice, whoever asks where. */
const QUOTA = JSON.stringify({ rules: [{ id: 'twice', effect: 'allow', condition: 'history.count_today < 2' }] });

type Step = 'issue' | 'suspend' | 'resume' | 'revoke' | 'give' | 'forbid' | 'permit' | 'limit' | 'narrow';
const steps = fc.array(
  fc.tuple(fc.constantFrom(0, 1), fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>('issue') },
    { weight: 5, arbitrary: fc.constantFrom<Step>('suspend', 'resume', 'revoke', 'give', 'forbid', 'permit', 'limit', 'narrow') },
  )),
  { minLength: 4, maxLength: 14 },
);

describe('admission on two nodes over one ledger', () => {
  let directory: string;
  let vault: Vault;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mandate-model-'));
    vault = await openVault({ directory, clock });
  });
  afterAll(async () => {
    await vault.close();
    rmSync(directory, { recursive: true });
  });

  const grantId = () => grantIdOf(vault.crypto, TENANT, AGENT, { kind: 'agent', id: AGENT }, RESOURCE);

  const NEVER_RESTORED = { problem: () => undefined } as never;
  /** No rule here asks for an approval. */
  const NOTHING_HELD = undefined as never;

  const node = (ledger: Ledger) => {
    const live = new LiveState(ledger, clock);
    const write = new Write(ledger, live, vault.crypto, vault.privacy, new PromMetrics());
    const reader = new AccessFactsReader(live, vault.crypto, clock, conditions, NEVER_RESTORED);
    const signing = { load: async () => undefined, sign: (_kid: string, _typ: string, claims: { jti: string }) => claims.jti };
    const keys = new SigningKeys(live, signing as never, new JoseJwtVerifier());
    const shadow = new ShadowDecisions(write, clock);
    const issuing = new IssueToken(write, reader, keys, vault.crypto, clock, shadow, NOTHING_HELD, new TokenRefusals(write, reader, clock, shadow));
    const give = (scopes: readonly string[]) => write.to(grant, streams.grant(grantId()), {
      type: 'GiveGrant', grantId: grantId(), agentId: AGENT, principal: { kind: 'agent', id: AGENT }, resourceId: RESOURCE, scopes, via: 'admin', metadataDigest: 'm', now: clock.seconds(),
    }, context);
    const act: Record<Exclude<Step, 'issue'>, () => Promise<unknown>> = {
      suspend: () => write.to(agent, streams.agent(AGENT), { type: 'SuspendAgent', reason: 'model' }, context),
      resume: () => write.to(agent, streams.agent(AGENT), { type: 'ResumeAgent' }, context),
      revoke: () => write.to(grant, streams.grant(grantId()), { type: 'RevokeGrant', reason: 'model' }, context),
      narrow: () => write.to(grant, streams.grant(grantId()), { type: 'NarrowGrant', scopes: ['read'] }, context),
      give: () => give(['read', 'write']),
      forbid: () => write.to(policy, streams.policy(TENANT), { type: 'ActivatePolicy', version: 2 }, context),
      limit: () => write.to(policy, streams.policy(TENANT), { type: 'ActivatePolicy', version: 3 }, context),
      permit: () => write.to(policy, streams.policy(TENANT), { type: 'RollBackPolicy', version: 1 }, context),
    };
    const issue = async (): Promise<string> => {
      const facts = await reader.gather({ tenant: TENANT, agentId: AGENT, principal: { kind: 'agent', id: AGENT }, resourceId: RESOURCE });
      const order = { issuer: 'https://hub.example', grantType: 'client_credentials', facts, scopes: ['write'], grantEpoch: undefined, context };
      return (await issuing.issue(order)).accessToken;
    };
    return { live, write, give, act, issue };
  };

  const prepare = async (ledger: Ledger): Promise<void> => {
    const { live, write, give } = node(ledger);
    await live.start();
    await write.to(tenant, streams.tenant(TENANT), { type: 'CreateTenant', tenantId: TENANT, slug: 'model', name: 'Model' }, context);
    await write.to(agent, streams.agent(AGENT), { type: 'RegisterAgent', registration: { agentId: AGENT, clientId: AGENT, name: 'Model', owner: { kind: 'team', id: 't' }, method: 'admin', metadata: METADATA, metadataDigest: 'm' } }, context);
    await write.to(resource, streams.resource(RESOURCE), { type: 'RegisterResource', registration: { resourceId: RESOURCE, uri: 'https://r.example', kind: 'api', name: 'R', scopes: [{ name: 'read', description: '' }, { name: 'write', description: '' }], defaultScopes: [], tools: [], tokenLifetime: 60, signingAlgorithm: 'ES256' } }, context);
    for (const document of [ALLOW, DENY, QUOTA]) await write.to(policy, streams.policy(TENANT), { type: 'PublishPolicy', document, digest: 'd' }, context);
    await write.to(policy, streams.policy(TENANT), { type: 'ActivatePolicy', version: 1 }, context);
    await write.to(keySet, streams.key(TENANT), { type: 'AddKey', kid: 'k', alg: 'ES256', jwk: '{}' }, context);
    await write.to(keySet, streams.key(TENANT), { type: 'ActivateKey', kid: 'k', now: 0, publishedUntil: 0 }, context);
    await give(['read', 'write']);
    live.stop();
  };

  /** The theorem, from the raw log alone: what a token relied on allowed it at the token's own place. */
  const allowedAt = (log: readonly RecordedEvent[], issued: RecordedEvent): boolean => {
    const before = log.slice(0, log.indexOf(issued));
    const at = <S>(decider: { initial: S; evolve(state: S, event: never): S }, stream: string): S =>
      fold<S, never>(decider, before.filter((event) => event.stream === stream) as never[]);
    return decideAccess({
      grantType: 'client_credentials', tenant: at(tenant, streams.tenant(TENANT)), agent: at(agent, streams.agent(AGENT)), user: undefined,
      target: at(resource, streams.resource(RESOURCE)), policy: at(policy, streams.policy(TENANT)), grant: at(grant, streams.grant(grantId())),
      grantEpoch: undefined, agreedAt: undefined, scopes: (issued.data as { scopes: string[] }).scopes, now: clock.seconds(),
      purpose: 'issue', conditions, principal: { kind: 'agent', id: AGENT },
      history: historyOf(at(usage as never, streams.activity(AGENT)), { principal: { kind: 'agent', id: AGENT }, targetId: RESOURCE, now: clock.seconds() }),
    }).allowed;
  };

  it('hands out no token whose place in the log lies after the suspension, revocation or policy change that forbids it', async () => {
    const seen = { handedOut: 0, voided: 0, refused: 0 };
    await fc.assert(fc.asyncProperty(fc.scheduler(), steps, async (scheduler, plan) => {
      const shared = new MemoryLedger(() => clock.now());
      await prepare(shared);
      const nodes = [0, 1].map((n) => node(new ScheduledLedger(shared, scheduler, `node ${n}`)));
      await Promise.all(nodes.map(({ live }) => live.start()));
      const handedOut: string[] = [];
      const running = plan.map(([n, step]) => {
        const { act, issue } = nodes[n]!;
        return step === 'issue' ? issue().then((token) => void handedOut.push(token), () => undefined) : act[step]().catch(() => undefined);
      });
      await scheduler.waitFor(Promise.all(running));
      nodes.forEach(({ live }) => live.stop());
      const { events: log } = await shared.readAll('', 10_000);
      await shared.close();
      const issued = log.filter(({ type }) => type === 'TokenIssued');
      const jtiOf = ({ data }: RecordedEvent): string => (data as { jti: string }).jti;
      for (const token of handedOut) {
        const event = issued.find((candidate) => jtiOf(candidate) === token);
        expect(event).toBeDefined();
        expect(allowedAt(log, event!)).toBe(true);
      }
      const voided = log.filter(({ type }) => type === 'TokenVoided').map(jtiOf);
      for (const event of issued) expect(handedOut.includes(jtiOf(event)) || voided.includes(jtiOf(event))).toBe(true);
      seen.handedOut += handedOut.length;
      seen.voided += voided.length;
      seen.refused += log.filter(({ type }) => type === 'TokenRefused').length;
    }), { numRuns: 300 });
    // The runs were worth something: each of the three outcomes happened.
    expect(seen.handedOut).toBeGreaterThan(50);
    expect(seen.voided).toBeGreaterThan(5);
    expect(seen.refused).toBeGreaterThan(50);
  });

  it('hands out exactly as many tokens as a rule about history lets, whatever the nodes do at the same time', async () => {
    let voided = 0;
    await fc.assert(fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom(0, 1), { minLength: 3, maxLength: 8 }), async (scheduler, plan) => {
      const shared = new MemoryLedger(() => clock.now());
      await prepare(shared);
      const nodes = [0, 1].map((n) => node(new ScheduledLedger(shared, scheduler, `node ${n}`)));
      await Promise.all(nodes.map(({ live }) => live.start()));
      const limited = nodes[0]!.act.limit();
      await scheduler.waitFor(limited);
      let handedOut = 0;
      await scheduler.waitFor(Promise.all(plan.map((n) => nodes[n]!.issue().then(() => (handedOut += 1), () => undefined))));
      nodes.forEach(({ live }) => live.stop());
      const { events: log } = await shared.readAll('', 10_000);
      await shared.close();
      expect(handedOut).toBe(2);
      voided += log.filter(({ type }) => type === 'TokenVoided').length;
    }), { numRuns: 100 });
    expect(voided).toBeGreaterThan(20);
  });

  it('a stream that is begun without being read has one beginning, which each node sees that wrote it, or looks later', async () => {
    const stream = streams.token('tok_model');
    const revoke = { type: 'RevokeToken', jti: 'tok_model', agentId: AGENT, reason: 'model' } as const;
    const parent = { jti: 'tok_parent', agentId: AGENT, principal: { kind: 'agent', id: AGENT }, resourceId: RESOURCE, grantEpoch: 1, scopes: ['read'], expiresAt: 0 } as const;
    const step = fc.constantFrom<'revoke' | 'derive' | 'look'>('revoke', 'revoke', 'derive', 'look');
    let conflicts = 0;
    await fc.assert(fc.asyncProperty(fc.scheduler(), fc.array(fc.tuple(fc.constantFrom(0, 1), step), { minLength: 3, maxLength: 8 }), async (scheduler, plan) => {
      const shared = new MemoryLedger(() => clock.now());
      const nodes = [0, 1].map((n) => node(new ScheduledLedger(shared, scheduler, `node ${n}`)));
      await Promise.all(nodes.map(({ live }) => live.start()));
      const seen = async (n: number): Promise<boolean> => (await nodes[n]!.live.entry(token, stream, TENANT)).state.revoked;
      let asked = 0;
      await scheduler.waitFor(Promise.all(plan.map(async ([n, what]) => {
        if (what === 'look') return void (await seen(n));
        if (what === 'derive') return void (await nodes[n]!.write.begin(token, stream, { type: 'DeriveToken', jti: 'tok_model', agentId: AGENT, parent }, context));
        asked += 1;
        await nodes[n]!.write.begin(token, stream, revoke, context);
        expect(await seen(n)).toBe(true);
      })));
      const { events: log } = await shared.readAll('', 100);
      expect(log.filter(({ type }) => type === 'TokenRevoked')).toHaveLength(Math.min(asked, 1));
      expect(log.map(({ revision }) => revision)).toEqual(log.map((_, n) => n));
      for (const n of [0, 1]) {
        const whole = nodes[n]!.live.reached(log.at(-1)?.position ?? '', 1_000);
        await scheduler.waitFor(whole);
        expect(await scheduler.waitFor(seen(n))).toBe(asked > 0);
      }
      nodes.forEach(({ live }) => live.stop());
      await shared.close();
      conflicts += asked > 1 ? 1 : 0;
    }), { numRuns: 200 });
    expect(conflicts).toBeGreaterThan(50);
  });
});
