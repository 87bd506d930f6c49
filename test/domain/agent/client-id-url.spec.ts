import { describe, expect, it } from '@jest/globals';
import { checkClientIdUrl, isClientIdUrl } from '../../../src/domain/agent/client-id-url.js';
import { Refusal } from '../../../src/domain/kernel/refusal.js';

const refusalOf = (url: string, options?: { allowLoopback: boolean }): unknown => {
  try {
    checkClientIdUrl(url, options);
    return 'accepted';
  } catch (error) {
    return error instanceof Refusal ? error.code : error;
  }
};

describe('a client_id that is a URL', () => {
  it.each([
    'https://claude.ai/oauth/claude-code-client-metadata', 'https://vscode.dev/oauth/client-metadata.json', 'https://a.example:443/c.json',
    'https://a.example/c?v=1', 'https://xn--bcher-kva.example/c', 'https://a.example/%7Euser/c.json',
  ])('accepts %s', (url) => {
    expect(refusalOf(url)).toBe('accepted');
  });

  it.each([
    'http://a.example/c', 'ftp://a.example/c', 'https://a.example', 'https://a.example/', 'https://a.example?x', 'https://a.example/?x',
    'https://a.example/c#f', 'https://a.example/c#', 'https://a.example#/c', 'https://u@a.example/c', 'https://u:p@a.example/c', 'https://@a.example/c',
    'https://a.example/./c', 'https://a.example/x/../c', 'https://a.example/%2e%2e/c', 'https://a.example/x/.%2E/c', 'https://a.example/x%2f..%2fc',
    'https://a.example/c/..', 'https://a.example:22/c', 'https://a.example:8443/c', 'https://a.example:/c', 'https://a.example:0443/c',
    `https://a.example/${'x'.repeat(3_000)}`, 'https://A.example/c', 'HTTPS://a.example/c', 'https://a.example/c d', 'https://a.example/c\n',
    ' https://a.example/c', 'https://a.exa\tmple/c', 'https://a.example\\c/d', 'https:\\\\a.example/c', 'https://bücher.example/c', 'https:///a.example/c',
    'https:a.example/c', 'https://ex%61mple.com/c', '',
  ])('CM-01: refuses %j', (url) => {
    expect(refusalOf(url)).toBe('agent.metadata_invalid');
  });

  it.each([
    '127.0.0.1', '127.1', '0177.0.0.1', '2130706433', '0x7f.1', '0.0.0.0', '10.1.2.3', '169.254.169.254', '8.8.8.8', '[::1]', '[2606:4700::1111]',
    '[::ffff:7f00:1]', 'localhost', 'app.localhost', 'printer.local', 'metadata.google.internal', 'router.home.arpa', 'intranet', 'a.example.', '127.0.0.1.',
  ])('CM-02: the host %s stands for nobody on the internet', (host) => {
    expect(refusalOf(`https://${host}/c`)).toBe('agent.metadata_invalid');
  });

  it('lets development name its own machine, and nothing else', () => {
    const development = { allowLoopback: true };
    for (const url of ['http://localhost:4000/c', 'http://127.0.0.1/c.json', 'https://localhost:8443/c', 'http://[::1]:5/c']) {
      expect([url, refusalOf(url, development), refusalOf(url)]).toEqual([url, 'accepted', 'agent.metadata_invalid']);
    }
    for (const url of [
      'http://localhost:4000/', 'http://localhost.evil/c', 'http://127.1/c', 'http://0.0.0.0/c', 'http://10.0.0.1/c', 'http://a.example/c', 'http://u@localhost/c',
      'http://localhost:4000/x/../c', 'http://[::ffff:7f00:1]/c',
    ]) {
      expect([url, refusalOf(url, development)]).toEqual([url, 'agent.metadata_invalid']);
    }
  });

  it('is told from an id that Mandate gave', () => {
    expect(['https://a.example/c', 'http://a.example/c', 'HTTPS://x'].map(isClientIdUrl)).toEqual([true, true, true]);
    expect(['agt_3uBt0', 'https', 'httpsx://y', ''].map(isClientIdUrl)).toEqual([false, false, false, false]);
  });
});
