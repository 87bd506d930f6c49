import { describe, expect, it } from '@jest/globals';
import { type Credential, type CredentialCommand, credential } from '../../../src/domain/credential/credential.decider.js';
import { fold } from '../../../src/domain/kernel/decider.js';

const NOW = 1_800_000_000;
const apply = (state: Credential, command: CredentialCommand): Credential => fold({ initial: state, evolve: credential.evolve }, credential.decide(command, state));
const after = (...commands: readonly CredentialCommand[]): Credential => commands.reduce(apply, credential.initial);
const typesOf = (command: CredentialCommand, state: Credential): readonly string[] => credential.decide(command, state).map(({ type }) => type);

const STORE: CredentialCommand = {
  type: 'StoreCredential', credentialId: 'crd_1', connectionId: 'con_1', connectionEpoch: 0, holder: { kind: 'user', id: 'usr_1' }, via: 'connect', at: NOW,
  secretId: 'sec_1', kind: 'oauth', fingerprint: 'f1', refreshFingerprint: 'r1', scopes: ['read'], expiresAt: NOW + 3600,
};
const start = (attempt: string, now = NOW): CredentialCommand => ({ type: 'StartRefresh', credentialId: 'crd_1', attempt, now, until: now + 30 });
const finish = (attempt: string): CredentialCommand => ({ type: 'FinishRefresh', attempt, at: NOW, secretId: `sec_${attempt}`, fingerprint: 'f2', refreshFingerprint: 'r2', scopes: ['read'], expiresAt: NOW + 7200 });
const fail = (attempt: string, final: boolean): CredentialCommand => ({ type: 'FailRefresh', attempt, reason: final ? 'invalid_grant' : 'timeout', final, retryAt: NOW + 60 });

describe('a credential', () => {
  it('is refreshed by one node at a time (VA-11)', () => {
    const claimed = after(STORE, start('a'));
    expect(() => credential.decide(start('b'), claimed)).toThrow('is being refreshed');
    expect(after(STORE, start('a'), finish('a'))).toMatchObject({ status: 'live', version: 2, secretId: 'sec_a' });
  });

  it('is claimed anew when the claim has run out, and then the late answer of the first node counts for nothing (F-06)', () => {
    const taken = after(STORE, start('a'), start('b', NOW + 31));
    expect(() => credential.decide(finish('a'), taken)).toThrow('Another refresh');
    expect(() => credential.decide(fail('a', true), taken)).toThrow('Another refresh');
    expect(apply(taken, finish('b'))).toMatchObject({ secretId: 'sec_b', version: 2 });
  });

  it('that was stored anew meanwhile keeps what was stored', () => {
    const stored = after(STORE, start('a'), { ...STORE, secretId: 'sec_new' } as CredentialCommand);
    expect(() => credential.decide(finish('a'), stored)).toThrow('Another refresh');
    expect(stored).toMatchObject({ secretId: 'sec_new', version: 2 });
  });

  it('waits after a failure that may pass, and asks its holder after one that will not', () => {
    const waiting = after(STORE, start('a'), fail('a', false));
    expect(waiting).toMatchObject({ status: 'live', retryAt: NOW + 60 });
    expect(() => credential.decide(start('b'), waiting)).toThrow('a moment ago');
    expect(typesOf(start('b', NOW + 61), waiting)).toEqual(['CredentialRefreshStarted']);
    expect(typesOf(fail('a', true), after(STORE, start('a')))).toEqual(['CredentialRefreshFailed', 'CredentialReauthNeeded']);
    const dead = after(STORE, start('a'), fail('a', true));
    expect(dead.status).toBe('needs_reauth');
    expect(() => credential.decide(start('c', NOW + 999), dead)).toThrow('connected anew');
  });

  it('lives again when it is connected again, as the next version', () => {
    expect(after(STORE, start('a'), fail('a', true), { ...STORE, secretId: 'sec_2' } as CredentialCommand)).toMatchObject({ status: 'live', version: 2, secretId: 'sec_2' });
    expect(typesOf(STORE, after(STORE))).toEqual(['CredentialRotated']);
  });

  it('is distrusted for what is there now, not for what has been replaced', () => {
    expect(typesOf({ type: 'DistrustCredential', secretId: 'sec_0' }, after(STORE))).toEqual([]);
    expect(after(STORE, { type: 'DistrustCredential', secretId: 'sec_1' }).status).toBe('distrusted');
  });

  it('once destroyed is neither refreshed nor taken out, and is shredded once', () => {
    const gone = after(STORE, { type: 'DestroyCredential', reason: 'disconnected' });
    expect(() => credential.decide(start('a'), gone)).toThrow('no such credential');
    expect(() => credential.decide({ type: 'UseBreakGlass', userId: 'usr_1', agentId: 'agt_1', authTime: NOW, reason: 'r' }, gone)).toThrow('no such credential');
    const shred: CredentialCommand = { type: 'ShredCredential', revocation: 'revoked' };
    expect(typesOf(shred, gone)).toEqual(['CredentialShredded']);
    expect(typesOf(shred, apply(gone, shred))).toEqual([]);
    expect(typesOf(shred, after(STORE))).toEqual([]);
  });
});
