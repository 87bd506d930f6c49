import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlainPath, routesFor } from '../../../src/domain/connection/routes.js';

const on = (path: string, call: string, methods: readonly string[] = ['GET']): boolean => routesFor({ routes: [{ methods, path }] }, 'GET', call).length > 0;

describe('the allow-list of a connection', () => {
  it.each([
    ['/**', '/', true], ['/**', '/a/b', true], ['/v1/**', '/v1/a/b', true], ['/v1/**', '/v1', true], ['/v1/**', '/v10/a', false], ['/v1/**', '/v2', false],
    ['/repos/*/issues', '/repos/me/issues', true], ['/repos/*/issues', '/repos/me/you/issues', false], ['/repos/*/issues', '/repos//issues', false],
    ['/user', '/user', true], ['/user', '/User', false], ['/user', '/user/', false],
  ])('%s has %s: %s', (pattern, path, expected) => {
    expect(on(pattern, path)).toBe(expected);
  });

  it('goes by method too', () => {
    expect(on('/**', '/a', ['POST', 'DELETE'])).toBe(false);
  });
});

describe('a path that may be called', () => {
  it.each(['/', '/user', '/v1/notes/a%20b', '/a;v=1/b', '/~me/@you', '/caf%C3%A9'])('%s reads alike everywhere', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each([
    '', 'user', '//evil.example', '/a//b', '/a/../b', '/a/..', '/./a', '/%2e%2e/a', '/%2E%2e/a', '/.%2e/a', '/..;/a', '/a%2fb', '/a%5Cb', '/a\\b', '/a%00', '/a%0d%0aX: 1', '/a%252e', '/a b', '/a\r\n', '/é', '/a%zz', '/a?b', '/a#b',
  ])('%j does not', (path) => {
    expect(isPlainPath(path)).toBe(false);
  });

  it('stays where it is when a URL parser reads it', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', 'F', ';', 'a', '\\', ' ', ':', '@'), maxLength: 12 }), (text) => {
      const path = `/${text}`;
      if (isPlainPath(path)) expect(new URL(`https://api.example${path}`).pathname).toBe(path);
    }), { numRuns: 5_000 });
  });
});
