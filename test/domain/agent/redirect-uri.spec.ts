import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkRedirectUri, isLoopbackRedirect, matchesRedirectUri } from '../../../src/domain/agent/redirect-uri.js';
import { Refusal } from '../../../src/domain/kernel/refusal.js';

const refusalOf = (uri: string): unknown => {
  try {
    checkRedirectUri(uri);
    return 'accepted';
  } catch (error) {
    return error instanceof Refusal ? error.code : error;
  }
};

describe('registering a redirect URI', () => {
  it.each([
    'https://claude.ai/api/mcp/auth_callback',
    'https://app.example.com:8443/cb?tenant=a&x=%20y',
    'http://127.0.0.1/callback',
    'http://127.0.0.1:33418',
    'http://localhost:33418/',
    'http://[::1]:9/cb',
    'com.example.app:/oauth2redirect',
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'vscode://vscode.github-authentication/did-authenticate',
    `https://a.example/${'x'.repeat(2030)}`,
  ])('accepts %s', (uri) => {
    expect(refusalOf(uri)).toBe('accepted');
  });

  it.each([
    // Schemes that run code or read files, with and without a host, in any case.
    'javascript:alert(1)', 'JavaScript://host/%0aalert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', 'blob:https://a/x',
    'filesystem:https://a/x', 'intent://scan/#Intent;end', 'intent://scan/', 'ms-settings:x', 'ms-word://host/ofe', 'about:blank', 'search-ms://x/y',
    // Not the one place that was meant.
    'https://*.example.com/cb', 'https://a.example/*', 'https://a.example/cb#x', 'https://a.example/cb#', 'https://user@a.example/cb',
    'https://good.example@evil.example/cb', 'https://good.example\\@evil.example/cb', 'https:\\\\a.example/cb', 'https://a.example/\tcb',
    'https://a.example/cb\n', 'cursor://[', ' https://a.example/cb', 'https://a.example/c b', 'https://bücher.example/cb', 'https://a.example/\u0000',
    // Paths that collapse into others.
    'https://a.example/x/../cb', 'https://a.example/x/%2e%2e/cb', 'https://a.example/x/%2E./cb', 'https://a.example/x/..;/cb',
    'https://a.example/x/..%2fcb', 'https://a.example/x/..%5ccb', 'https://a.example/./cb', 'cursor://host/../cb', 'http://127.0.0.1/../cb',
    // http that leaves the machine, or only looks as if it did not.
    'http://a.example/cb', 'http://localhost.evil/cb', 'http://127.0.0.1.evil/cb', 'http://127.1/cb', 'http://0.0.0.0/cb', 'http://2130706433/cb',
    'http://[::ffff:127.0.0.1]/cb', 'http://[::]/cb', 'http://127.0.0.2/cb', 'http://LOCALHOST/cb', 'http://localhost:0/cb', 'http://localhost:65536/cb',
    'http://localhost:/cb', 'http://localhost:80a/cb', 'HTTP://localhost/cb', 'http:/localhost/cb', 'http:localhost',
    // Hosts that a browser writes differently.
    'https://0x7f.1/cb', 'https://127.1/cb', 'https://ex%61mple.com/cb', 'https://', 'https:///cb', 'https:a.example/cb', 'https://a.example:/cb',
    'https://a.example:0/cb', 'https://a.example:99999/cb', 'https://[::1/cb',
    // Nothing that names an application.
    '', '/cb', 'cb', '//a.example/cb', 'app:callback', 'app:/callback', 'app:///callback', 'mailto:a@b.example', 'urn:ietf:wg:oauth:2.0:oob',
    `https://a.example/${'x'.repeat(2031)}`, `https://a.example/${'x'.repeat(10_240)}`,
  ])('refuses %j', (uri) => {
    expect(refusalOf(uri)).toBe('agent.redirect_uri_invalid');
  });

  it('never repeats the URI in its answer, since it may be shown on a page', () => {
    expect(() => checkRedirectUri('javascript:alert(document.cookie)')).toThrow(expect.objectContaining({
      message: expect.not.stringContaining('cookie'),
    }));
  });
});

describe('presenting a redirect URI', () => {
  const registered = 'https://good.example/cb';

  it.each([
    'https://good.example/cb/', 'https://good.example/cb/x', 'https://good.example/x/..;/cb', 'https://good.example/x/%2e%2e/cb', 'https://good.example/CB',
    'https://good.example/cb?x=1', 'https://good.example/cb?', 'https://good.example/cb#x', 'https://good.example@evil/cb', 'https://good.example.evil/cb',
    'https://good.example\\cb', 'https://good.example/\tcb', 'https://good.example:8443/cb', 'https://good.example:443/cb', 'http://good.example/cb',
    'https://GOOD.example/cb', 'https://gооd.example/cb', 'https://xn--gd-nbb.example/cb', 'https://good.example/c%62', '', 'https://good.example',
  ])('AZ-02: %j is not the registered https://good.example/cb', (presented) => {
    expect(matchesRedirectUri(registered, presented)).toBe(false);
  });

  it.each([
    ['http://127.0.0.1/cb', 'http://127.0.0.1:51004/cb'],
    ['http://127.0.0.1:33418/', 'http://127.0.0.1:1/'],
    ['http://localhost:3000/callback?x=1', 'http://localhost/callback?x=1'],
    ['http://[::1]/cb', 'http://[::1]:65535/cb'],
    ['http://localhost', 'http://localhost:9999'],
  ])('AZ-04: a native application registered as %s may listen at %s', (ours, theirs) => {
    expect(matchesRedirectUri(ours, theirs)).toBe(true);
  });

  it.each([
    'http://localhost:5/cb', 'http://[::1]:5/cb', 'http://localhost.evil/cb', 'http://127.0.0.1.evil/cb', 'http://127.0.0.1.evil:80/cb', 'http://127.1/cb',
    'http://0.0.0.0/cb', 'http://[::ffff:127.0.0.1]/cb', 'http://127.0.0.1:80@evil/cb', 'http://127.0.0.1:0/cb', 'http://127.0.0.1:65536/cb',
    'http://127.0.0.1:080/cb', 'http://127.0.0.1:/cb', 'http://127.0.0.1:5/cb/', 'http://127.0.0.1:5/cb?x', 'http://127.0.0.1:5/cb#x', 'http://127.0.0.1:5/cb\n',
    'http://127.0.0.1:5', 'https://127.0.0.1:5/cb', 'HTTP://127.0.0.1:5/cb', 'http://127.0.0.1\\:5/cb',
  ])('AZ-04: %j is not the registered http://127.0.0.1/cb', (presented) => {
    expect(matchesRedirectUri('http://127.0.0.1/cb', presented)).toBe(false);
  });

  it('gives an https or private-use URI no freedom in its port', () => {
    expect(matchesRedirectUri('https://localhost/cb', 'https://localhost:8443/cb')).toBe(false);
    expect(matchesRedirectUri('cursor://localhost/cb', 'cursor://localhost:5/cb')).toBe(false);
  });

  it('tells loopback from what only resembles it', () => {
    expect(isLoopbackRedirect('http://[::1]:5/cb')).toBe(true);
    expect(isLoopbackRedirect('http://localhost.evil/cb')).toBe(false);
  });
});

describe('for any two URIs', () => {
  const host = fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'localhost.evil', '127.0.0.1.evil', '127.1', 'a.example', 'localhost@evil', 'evil');
  const port = fc.constantFrom('', ':1', ':80', ':33418', ':65535', ':0', ':65536', ':', ':80@evil');
  const rest = fc.constantFrom('', '/', '/cb', '/cb/', '/CB', '/cb?x=1', '/cb#x', '/../cb', '\\cb', '@evil/cb', '.evil/cb');
  const parts = fc.tuple(fc.constantFrom('http://', 'https://', 'HTTP://', 'cursor://'), host, port, rest);
  const change = fc.tuple(parts, fc.subarray([0, 1, 2, 3], { maxLength: 2 }));
  // The second is the first with some parts exchanged, so that near misses are many.
  const pair = fc.tuple(parts, change).map(([first, [other, at]]) =>
    [first.join(''), first.map((part, n) => (at.includes(n) ? other[n] : part)).join('')] as const);

  it('a match that is not equal differs in nothing but the port of an http loopback URI, also for a browser', () => {
    let others = 0;
    fc.assert(fc.property(pair, ([registered, presented]) => {
      if (refusalOf(registered) !== 'accepted' || registered === presented || !matchesRedirectUri(registered, presented)) return;
      others++;
      const [ours, theirs] = [new URL(registered), new URL(presented)];
      expect(['localhost', '127.0.0.1', '[::1]']).toContain(theirs.hostname);
      expect([theirs.protocol, theirs.username, theirs.hash]).toEqual(['http:', '', '']);
      expect([theirs.hostname, theirs.pathname, theirs.search]).toEqual([ours.hostname, ours.pathname, ours.search]);
    }), { numRuns: 20_000, seed: 7 });
    expect(others).toBeGreaterThan(10);
  });

  it('inserting one character anywhere in a registered URI never keeps the match, except digits into a port', () => {
    const registered = fc.constantFrom('https://good.example/cb', 'http://localhost:80/cb', 'cursor://anysphere.cursor-mcp/cb', 'com.example.app:/cb');
    fc.assert(fc.property(registered, fc.nat(40), fc.string({ minLength: 1, maxLength: 1 }), (uri, at, character) => {
      const place = at % (uri.length + 1);
      const presented = uri.slice(0, place) + character + uri.slice(place);
      if (!matchesRedirectUri(uri, presented)) return;
      expect(presented).toMatch(/^http:\/\/localhost:\d+\/cb$/);
    }), { numRuns: 20_000, seed: 7 });
  });
});
