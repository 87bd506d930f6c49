import { describe, expect, it } from '@jest/globals';
import { givenScopes, scopesBeyond } from '../../../src/domain/connection/scopes.js';
import { oauthSettings } from './sample-settings.js';

const of = (extraScopes?: readonly string[], names = ['read', 'write']) =>
  oauthSettings({ scopes: names.map((name) => ({ name, description: name })) }, extraScopes ? { extraScopes } : {});

describe('what a service says it gave', () => {
  it.each<readonly [string, readonly string[] | undefined, readonly string[] | undefined, number]>([
    ['nothing', undefined, undefined, 0],
    ['what was asked for', ['read'], undefined, 0],
    ['more, each counted once', ['read', 'admin', 'delete', 'admin'], undefined, 2],
    ['what was asked for beside, and who the person is', ['read', 'refresh_token', 'openid', 'profile', 'email', 'offline_access'], ['refresh_token'], 0],
  ])('goes beyond the connection where it names scopes that nobody can be asked about: %s', (_, said, extra, beyond) => {
    expect(scopesBeyond(of(extra), said)).toBe(beyond);
  });

  it('goes beyond nothing where the one scope is to use all of the service', () => {
    expect(scopesBeyond(of(undefined, ['use']), ['anything', 'else'])).toBe(0);
  });

  it('is kept in words of the connection, and what was asked for where it says nothing', () => {
    expect(givenScopes(of(), ['write', 'admin'], ['read'])).toEqual(['write']);
    expect(givenScopes(of(), undefined, ['read'])).toEqual(['read']);
  });
});
