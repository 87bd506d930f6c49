import { describe, expect, it } from '@jest/globals';
import { historyOf, usage } from '../../src/domain/activity/usage.js';
import type { RecordedEvent } from '../../src/domain/kernel/event.js';
import { NOON } from './policy/sample-request.js';

const DAY = 86_400;
const ANA = { kind: 'user', id: 'usr_ana' } as const;
let place = 0;
const at = (seconds: number, data: object, type = 'TokenIssued') =>
  ({ type, data: { principal: ANA, resourceId: 'res_1', ...data }, recordedAt: new Date(seconds * 1000).toISOString(), position: String((place += 1)).padStart(8, '0') }) as unknown as RecordedEvent;
const seen = (...events: readonly RecordedEvent[]) => events.reduce<ReturnType<typeof usage.evolve> | undefined>((state, event) => usage.evolve(state, event), usage.initial);
const asked = { principal: ANA, targetId: 'res_1', now: NOON };

describe('what an agent was issued before', () => {
  it('is nothing at first', () => {
    const nothing = { firstUse: true, daysDormant: 0, countToday: 0, agentDaysDormant: 0, agentCountToday: 0 };
    expect(historyOf(undefined, asked)).toEqual(nothing);
    expect(historyOf(seen(at(NOON, {}, 'TokenRefused')), asked)).toEqual(nothing);
  });

  it('is counted by day, UTC, for each principal and target and for the agent', () => {
    const state = seen(
      at(NOON - 12 * 3600 - 1, {}), at(NOON - 12 * 3600, {}), at(NOON, {}),
      at(NOON, { resourceId: 'res_2' }), at(NOON, { principal: { kind: 'user', id: 'usr_bob' } }), at(NOON, { principal: { kind: 'agent', id: 'usr_ana' } }),
      at(NOON, { connectionId: 'con_1', resourceId: undefined }, 'CredentialLent'),
    );
    expect(historyOf(state, asked)).toEqual({ firstUse: false, daysDormant: 0, countToday: 2, agentDaysDormant: 0, agentCountToday: 6 });
    expect(historyOf(state, { ...asked, targetId: 'con_1' })).toMatchObject({ firstUse: false, countToday: 1 });
    expect(historyOf(state, { ...asked, targetId: 'res_3' })).toMatchObject({ firstUse: true, countToday: 0, agentCountToday: 6 });
  });

  it('lies whole days back', () => {
    const state = seen(at(NOON - 3 * DAY, {}), at(NOON - DAY, { resourceId: 'res_2' }));
    expect(historyOf(state, { ...asked, now: NOON - 1 })).toMatchObject({ daysDormant: 2, countToday: 0, agentDaysDormant: 0, agentCountToday: 0 });
    expect(historyOf(state, asked)).toMatchObject({ daysDormant: 3, agentDaysDormant: 1 });
  });

  it('counts for the latest day when a clock goes back', () => {
    expect(historyOf(seen(at(NOON, {}), at(NOON - DAY, {})), { ...asked, now: NOON - DAY })).toMatchObject({ countToday: 2, daysDormant: 0 });
  });

  it('does not hold the issuance that is decided again at its own place', () => {
    const [before, own] = [at(NOON, {}), at(NOON, {})];
    const state = seen(before, own);
    expect(historyOf(state, { ...asked, before: own.position })).toMatchObject({ firstUse: false, countToday: 1, agentCountToday: 1 });
    expect(historyOf(state, { ...asked, targetId: 'res_2', before: own.position })).toMatchObject({ firstUse: true, agentCountToday: 1 });
    // Of an event that is not the last nothing can be taken back.
    expect(historyOf(state, { ...asked, before: before.position })).toMatchObject({ countToday: 2 });
  });

  it('is not known of whom there is no room for: a condition on it has no answer then', () => {
    const many = Array.from({ length: 50_000 }, (_, n) => at(NOON, { principal: { kind: 'user', id: `usr_${n}` } }));
    const state = seen(...many, at(NOON, {}));
    expect(historyOf(state, asked)).toBeUndefined();
    expect(historyOf(state, { ...asked, principal: { kind: 'user', id: 'usr_7' } })).toMatchObject({ countToday: 1, agentCountToday: 50_001 });
  });
});
