import { describe, expect, it } from '@jest/globals';
import type { EventView } from '../../src/api/events/event-view.js';
import { timeline } from '../../src/cli/timeline.js';
import { wordsOf } from '../../src/cli/timeline-words.js';
import { everyType } from '../golden/golden-files.js';
import { dataOf } from '../golden/sample-values.js';

const AGENT = 'agt_1';
const NAMES = new Map([['res_1', 'Notes'], [AGENT, 'Reader'], ['agt_2', 'Admin console']]);
const event = (type: string, data: Record<string, unknown>, actor: EventView['actor'] = { kind: 'system', id: 'mandate' }): EventView => ({
  id: 'e', type, version: 1, recorded_at: '2026-11-24T12:00:05.123Z', position: '1', stream: 's', revision: 0, actor, correlation_id: 'c', causation_id: 'x', data,
});
const line = (...given: Parameters<typeof event>): string => timeline([event(...given)], { agentId: AGENT, names: NAMES })[0]!;

describe('the timeline', () => {
  it('tells a token with resource, principal, scopes and what was left out', () => {
    const data = {
      resourceId: 'res_1', principal: { kind: 'user', id: 'usr_1' }, grantType: 'authorization_code', expiresAt: 1_795_000_000,
      scopes: ['notes:read', 'notes:list'], denied: [{ scope: 'notes:write', reason: 'grant.scope_missing' }],
    };
    expect(line('TokenIssued', data, { kind: 'agent', id: AGENT })).toBe(
      '2026-11-24 12:00:05  got a token for Notes on behalf of user usr_1 by authorization_code, until 2026-11-18 11:06, without notes:write (grant.scope_missing) [notes:read notes:list]  (the agent itself)');
  });

  it('tells a refusal with the exact reason beside what the agent was told', () => {
    expect(line('TokenRefused', { resourceId: 'res_1', error: 'invalid_grant', reason: 'agent.suspended', scopes: ['notes:read'] }, { kind: 'agent', id: AGENT })).toBe(
      '2026-11-24 12:00:05  was refused a token for Notes (told invalid_grant) [notes:read] because: agent.suspended  (the agent itself)');
  });

  it('tells who did it, on whose authority and through what', () => {
    const through = { kind: 'user' as const, id: 'usr_1', act: { kind: 'agent' as const, id: 'agt_2' } };
    expect(line('AgentSuspended', { reason: 'looks odd' }, through)).toBe('2026-11-24 12:00:05  suspended because: looks odd  (user usr_1 through agent Admin console)');
    expect(line('AgentResumed', {}, { ...through, act: { kind: 'agent', id: AGENT } })).toContain('(user usr_1 through this agent)');
    expect(line('CodeReplayed', {}, { kind: 'anonymous', id: 'anonymous' })).toContain('(somebody unknown)');
    expect(line('AgentLeaseExpired', {})).toContain('(Mandate)');
  });

  it('has words for every type of event', () => {
    const types = everyType();
    expect(types.length).toBeGreaterThan(40);
    for (const { type: { type, fields } } of types) {
      const { what } = wordsOf(type, dataOf(fields, type), (id) => id);
      expect([type, what !== type && what !== '']).toEqual([type, true]);
      expect(what).not.toMatch(/undefined|NaN|\[object/);
    }
    expect(wordsOf('SomethingNewer', {}, (id) => id)).toEqual({ what: 'SomethingNewer' });
    expect(wordsOf('constructor', {}, (id) => id)).toEqual({ what: 'constructor' });
  });

  it('is one line per event, whatever was written into it, and moves no cursor', () => {
    const lines = timeline([event('AgentSuspended', { reason: 'a\r\n2026-11-24 12:00:06  resumed\u001b[2J\u009b1A\u202Egnp' }), event('AgentResumed', {})]);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('2026-11-24 12:00:05  suspended because: a 2026-11-24 12:00:06  resumed [2J 1A gnp  (Mandate)');
  });
});
