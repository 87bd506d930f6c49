import { describe, expect, it } from '@jest/globals';
import { type AgentCommand, agent } from '../../src/domain/agent/agent.decider.js';
import { policy } from '../../src/domain/policy/policy.decider.js';

const registration = {
  agentId: 'agt_a', clientId: 'agt_a', name: 'A', owner: { kind: 'team', id: 'team' }, method: 'admin', metadataDigest: 'd', leaseUntil: 100,
  metadata: { redirectUris: [], grantTypes: [], tokenEndpointAuthMethod: 'none', applicationType: 'web' },
} as const;
const after = (...commands: readonly AgentCommand[]) =>
  commands.reduce((state, command) => agent.decide(command, state).reduce(agent.evolve, state), agent.initial);

describe('an agent\'s lifecycle', () => {
  const register = { type: 'RegisterAgent', registration } as const;
  const suspend = { type: 'SuspendAgent', reason: 'stolen' } as const;
  const expire = { type: 'ExpireLease', now: 200 } as const;
  const renew = { type: 'RenewLease', leaseUntil: 300 } as const;

  it.each([
    ['before its lease ran out', [register, suspend, expire, renew]],
    ['after its lease ran out', [register, expire, suspend, renew]],
  ])('a suspension %s outlasts a new lease', (_, commands) => {
    expect(after(...commands).status).toBe('suspended');
  });

  it('an expired agent is back with a new lease, and expires once', () => {
    expect(after(register, expire, renew).status).toBe('active');
    expect(agent.decide(expire, after(register, expire))).toEqual([]);
  });
});

describe('a policy', () => {
  it('with a rule whose name no decision could record is refused', () => {
    const document = JSON.stringify({ rules: [{ id: 'r'.repeat(257), effect: 'allow' }] });
    expect(() => policy.decide({ type: 'PublishPolicy', document, digest: 'd' }, policy.initial)).toThrow('rules[0].id');
  });
});
