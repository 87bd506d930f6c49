import { describe, expect, it } from '@jest/globals';
import { fold } from '../../../src/domain/kernel/decider.js';
import { acrOf, levelOfAcr, metBy, together } from '../../../src/domain/user/authentication.js';
import { type KnownUser, type UserCommand, user } from '../../../src/domain/user/user.decider.js';
import type { UserEvent } from '../../../src/domain/user/user.events.js';

const NOW = 1_795_521_600;
const ANA: UserCommand = { type: 'RegisterUser', userId: 'usr_ana', email: 'a@example.com', name: 'Ana', roles: [] };
const KEY: UserCommand = { type: 'EnrolFactor', factorId: 'fac_key', kind: 'passkey', at: NOW, counter: 0 };
const APP: UserCommand = { type: 'EnrolFactor', factorId: 'fac_app', kind: 'totp', at: NOW, step: 100 };
const CODES: UserCommand = { type: 'MakeRecoveryCodes', batch: 'b1', count: 2, at: NOW };
const confirm = (shown: { factorId: string; step?: number; counter?: number }): UserCommand => ({ type: 'ConfirmFactor', at: NOW, purpose: 'sign-in', ...shown });

const given = (...commands: readonly UserCommand[]): KnownUser => {
  const events: UserEvent[] = [];
  for (const command of [ANA, ...commands]) events.push(...user.decide(command, fold(user, events)));
  return fold(user, events) as KnownUser;
};
const then = (state: KnownUser, command: UserCommand): readonly string[] => user.decide(command, state).map(({ type }) => type);
const refusal = (state: KnownUser, command: UserCommand): string => {
  try {
    return then(state, command).join();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the factors of a person', () => {
  it('given a code was taken: no code of that time step or an earlier one is, from whichever app', () => {
    const state = given(APP, { ...APP, factorId: 'fac_other', step: 101 }, confirm({ factorId: 'fac_app', step: 103 }));
    expect(refusal(state, confirm({ factorId: 'fac_app', step: 103 }))).toBe('factor.replayed');
    expect(refusal(state, confirm({ factorId: 'fac_other', step: 102 }))).toBe('factor.replayed');
    expect(then(state, confirm({ factorId: 'fac_other', step: 104 }))).toEqual(['FactorConfirmed']);
  });

  it('given codes were tried without one that was right: each after the fifth waits twice as long, to a day at most; a right one forgets it', () => {
    const tried = (times: number): readonly UserCommand[] => Array.from({ length: times }, (_, n) => ({ type: 'TryCode', at: NOW + n * 100_000 }));
    const at = (times: number, later: number): string => refusal(given(APP, ...tried(times)), { type: 'TryCode', at: NOW + (times - 1) * 100_000 + later });
    expect([at(4, 0), at(5, 899), at(5, 900), at(6, 1_799), at(6, 1_800)]).toEqual(['CodeTried', 'factor.locked', 'CodeTried', 'factor.locked', 'CodeTried']);
    expect([at(30, 86_399), at(30, 86_400)]).toEqual(['factor.locked', 'CodeTried']);
    expect(refusal(given(APP, ...tried(6), confirm({ factorId: 'fac_app', step: 200 })), { type: 'TryCode', at: NOW })).toBe('CodeTried');
  });

  it('given a browser in which the person has shown a factor: it has a count of its own, which nobody elsewhere fills, and a right code there gives nobody elsewhere new tries', () => {
    const tryAt = (at: number, browser?: string): UserCommand => ({ type: 'TryCode', at, browser });
    const after = (...commands: readonly UserCommand[]): KnownUser => given(APP, { ...confirm({ factorId: 'fac_app', step: 101 }), browser: 'home' } as UserCommand, ...commands);
    const five = (browser?: string): readonly UserCommand[] => Array.from({ length: 5 }, () => tryAt(NOW, browser));
    expect([refusal(after(...five()), tryAt(NOW)), refusal(after(...five()), tryAt(NOW, 'elsewhere')), refusal(after(...five()), tryAt(NOW, 'home'))]).toEqual(['factor.locked', 'factor.locked', 'CodeTried']);
    const used = after(...five(), tryAt(NOW, 'home'), { ...confirm({ factorId: 'fac_app', step: 102 }), browser: 'home' } as UserCommand);
    expect([refusal(used, tryAt(NOW)), refusal(used, tryAt(NOW, 'home'))]).toEqual(['factor.locked', 'CodeTried']);
    expect([refusal(after(...five('home')), tryAt(NOW, 'home')), refusal(after(...five('home')), tryAt(NOW))]).toEqual(['factor.locked', 'CodeTried']);
    // Only the last ten are known, and only who shows a factor gets among them.
    const many = after(...Array.from({ length: 10 }, (_, n) => ({ ...confirm({ factorId: 'fac_app', step: 200 + n }), browser: `b${n}` }) as UserCommand), ...five());
    expect([refusal(many, tryAt(NOW, 'home')), refusal(many, tryAt(NOW, 'b0'))]).toEqual(['factor.locked', 'CodeTried']);
  });

  it('given a passkey counts: one that does not count up is trusted no more, and the others are', () => {
    const counting = given({ ...KEY, counter: 5 } as UserCommand, APP);
    expect(then(counting, confirm({ factorId: 'fac_key', counter: 6 }))).toEqual(['FactorConfirmed']);
    for (const counter of [5, 4, 0]) expect(then(counting, confirm({ factorId: 'fac_key', counter }))).toEqual(['FactorDistrusted']);
    const copied = given({ ...KEY, counter: 5 } as UserCommand, APP, confirm({ factorId: 'fac_key', counter: 5 }));
    expect(refusal(copied, confirm({ factorId: 'fac_key', counter: 9 }))).toBe('factor.distrusted');
    expect(then(copied, confirm({ factorId: 'fac_app', step: 101 }))).toEqual(['FactorConfirmed']);
  });

  it('given a passkey that keeps no count: it can be used again and again', () => {
    expect(then(given(KEY, confirm({ factorId: 'fac_key', counter: 0 })), confirm({ factorId: 'fac_key', counter: 0 }))).toEqual(['FactorConfirmed']);
  });

  it('given one factor is left: it goes only against a recovery code, and takes the other codes with it', () => {
    const remove = { type: 'RemoveFactor', factorId: 'fac_key', at: NOW } as const;
    expect(then(given(KEY, APP, CODES), remove)).toEqual(['FactorRemoved']);
    expect(refusal(given(KEY, CODES), remove)).toBe('factor.last');
    expect(refusal(given(KEY, CODES), { ...remove, code: { batch: 'b0', number: 0 } })).toBe('factor.replayed');
    expect(then(given(KEY, CODES), { ...remove, code: { batch: 'b1', number: 0 } })).toEqual(['RecoveryCodeUsed', 'FactorRemoved']);
    const { factors } = given(KEY, CODES, { ...remove, code: { batch: 'b1', number: 0 } });
    expect([factors.enrolled, factors.recovery]).toEqual([[], undefined]);
  });

  it('given a recovery code was used, or a newer set was made: it is used', () => {
    const use = { type: 'UseRecoveryCode', batch: 'b1', number: 1, at: NOW, purpose: 'sign-in' } as const;
    expect(then(given(KEY, CODES), use)).toEqual(['RecoveryCodeUsed']);
    expect(refusal(given(KEY, CODES, use), use)).toBe('factor.replayed');
    expect(refusal(given(KEY, CODES, { ...CODES, batch: 'b2' } as UserCommand), use)).toBe('factor.replayed');
  });

  it('given an administrator took all away: the steps that were used stay used', () => {
    const state = given(APP, confirm({ factorId: 'fac_app', step: 500 }), { type: 'ResetFactors', reason: 'lost the phone' });
    expect(state.factors.enrolled).toEqual([]);
    expect(refusal(state, { ...APP, step: 500 } as UserCommand)).toBe('factor.replayed');
  });

  it('given the account is disabled: nothing is enrolled, confirmed or stepped up, but factors can be taken away', () => {
    const state = given(KEY, { type: 'DisableUser', reason: 'left' });
    for (const command of [APP, confirm({ factorId: 'fac_key', counter: 0 }), { type: 'TryCode', at: NOW } as const]) expect(refusal(state, command)).toBe('user.disabled');
    expect(then(state, { type: 'ResetFactors', reason: 'left' })).toEqual(['FactorsWithdrawn']);
  });
});

describe('how sure the hub is of a person', () => {
  it.each([
    [['pwd'], 'urn:mandate:acr:1', []], [['pwd', 'otp', 'mfa'], 'urn:mandate:acr:2', ['mfa']], [['pop', 'mfa'], 'urn:mandate:acr:3', ['mfa']],
    [['otp'], 'urn:mandate:acr:1', []], [['pop'], 'urn:mandate:acr:1', []], [[], 'urn:mandate:acr:1', []],
  ])('follows from the methods %j alone: %s', (methods, acr, met) => {
    expect([acrOf(methods), metBy(methods)]).toEqual([acr, met]);
  });

  it('knows its own words only, and an agent without a person has met nothing', () => {
    expect([levelOfAcr('urn:mandate:acr:2'), levelOfAcr('urn:mandate:acr:4'), levelOfAcr('phr'), metBy(undefined)]).toEqual([2, undefined, undefined, []]);
    expect(together(['pwd', 'mfa'], ['otp', 'mfa'])).toEqual(['pwd', 'mfa', 'otp']);
  });
});
