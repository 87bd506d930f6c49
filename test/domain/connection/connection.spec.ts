import { describe, expect, it } from '@jest/globals';
import { type Connection, type ConnectionCommand, connection } from '../../../src/domain/connection/connection.decider.js';
import type { ConnectionSettings } from '../../../src/domain/connection/connection.events.js';
import { fold } from '../../../src/domain/kernel/decider.js';
import { keySettings, oauthSettings } from './sample-settings.js';

const after = (...commands: readonly ConnectionCommand[]): Connection =>
  commands.reduce<Connection>((state, command) => connection.decide(command, state).reduce((folded, event) => fold({ initial: folded, evolve: connection.evolve }, [event]), state), connection.initial);
const define = (settings: ConnectionSettings): ConnectionCommand => ({ type: 'DefineConnection', connectionId: 'con_1', name: 'notes', settings, local: false });
const SECRET: ConnectionCommand = { type: 'SetSecret', secretId: 'sec_1', kind: 'client_secret', fingerprint: 'f' };
const change = (settings: ConnectionSettings, keepsSecret = true): ConnectionCommand => ({ type: 'ChangeConnection', settings, local: false, keepsSecret });
const epochOf = (state: Connection): number | undefined => (state.status === 'unknown' ? undefined : state.epoch);

describe('a connection', () => {
  const defined = after(define(oauthSettings()), SECRET);

  it('has a name of its own for ever: a removed one is not defined again', () => {
    expect(() => after(define(oauthSettings()), define(oauthSettings()))).toThrow('There is a connection of this name');
    expect(() => after(define(oauthSettings()), { type: 'RemoveConnection', reason: 'r' }, define(oauthSettings()))).toThrow('Choose another name');
  });

  it('shows its secret to no other host than the one it was given for (VA-09)', () => {
    const elsewhere = oauthSettings({}, { tokenEndpoint: 'https://evil.example/token' });
    expect(() => connection.decide(change(elsewhere), defined)).toThrow('would go to another host');
    expect(() => connection.decide(change(oauthSettings({}, { revocationEndpoint: 'https://evil.example/revoke' })), defined)).toThrow('would go to another host');
    expect(connection.decide(change(elsewhere, false), defined)).toHaveLength(1);
    const moved = after(define(oauthSettings()), SECRET, change(elsewhere, false));
    expect(moved.status === 'active' && moved.secret).toBeUndefined();
    expect(connection.decide(change(oauthSettings({}, { tokenEndpoint: 'https://login.notes.example/oauth/token' })), defined)).toHaveLength(1);
  });

  it.each<readonly [string, ConnectionSettings]>([
    ['origin', oauthSettings({ origins: ['https://api.notes.example', 'https://evil.example'] })],
    ['client', oauthSettings({}, { clientId: 'another' })],
    ['token endpoint', oauthSettings({}, { tokenEndpoint: 'https://login.notes.example/other' })],
  ])('with another %s begins a new epoch: what users gave to the old one is not sent to the new', (_, settings) => {
    expect(epochOf(after(define(oauthSettings()), SECRET, change(settings)))).toBe(1);
  });

  it('with fewer origins, other routes or another title goes on as it was', () => {
    const two = oauthSettings({ origins: ['https://api.notes.example', 'https://files.notes.example'] });
    expect(epochOf(after(define(two), change(oauthSettings({ title: 'N', routes: [] }))))).toBe(0);
  });

  it('does not become somebody else\'s', () => {
    expect(() => connection.decide(change(oauthSettings({ heldBy: 'tenant' })), defined)).toThrow('stays as it is');
    expect(() => connection.decide(change(keySettings({ heldBy: 'user' })), defined)).toThrow('stays as it is');
  });

  it('once removed is not changed, resumed or given a secret', () => {
    const removed = after(define(oauthSettings()), { type: 'RemoveConnection', reason: 'r' });
    for (const command of [change(oauthSettings()), SECRET, { type: 'ResumeConnection' }, { type: 'SuspendConnection', reason: 'r' }] as const)
      expect(() => connection.decide(command, removed)).toThrow('removed');
  });

  it('keeps its secret when its settings change', () => {
    expect(after(define(oauthSettings()), SECRET, change(oauthSettings({ title: 'N' })))).toMatchObject({ title: 'N', name: 'notes', secret: { secretId: 'sec_1' }, status: 'active' });
  });
});
