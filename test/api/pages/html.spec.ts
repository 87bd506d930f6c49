import { describe, expect, it } from '@jest/globals';
import { displayName, html, trusted } from '../../../src/api/pages/html.js';
import { localPath, webUrl } from '../../../src/api/pages/safe-url.js';

const EVIL = '"><img src=x onerror=alert(1)>\'&';
const ESCAPED = '&quot;&gt;&lt;img src=x onerror=alert(1)&gt;&#39;&amp;';

describe('the html template', () => {
  it('escapes text between tags and in values', () => {
    expect(html`<p title="${EVIL}">${EVIL}</p>`.toString()).toBe(`<p title="${ESCAPED}">${ESCAPED}</p>`);
  });

  it('is composed of its own kind without escaping twice, lists included; absent and false leave nothing', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}${undefined}${false}${0}</ul>`.toString()).toBe('<ul><li>a</li><li>&lt;b&gt;</li>0</ul>');
  });

  it('does not believe that something is markup because it looks like it', () => {
    const forged = { toString: () => '<script>' } as unknown as string;
    expect(() => html`<p>${forged}</p>`.toString()).toThrow();
  });

  it('takes whole attributes of ours among others, and nobody else\'s', () => {
    const on = html` aria-invalid="true" aria-describedby="error"`;
    expect(html`<input name="a"${on}>`.toString()).toBe('<input name="a" aria-invalid="true" aria-describedby="error">');
    expect(() => html`<input name="a" ${'onfocus=alert(1)'}>`).toThrow();
    expect(() => html`<input name="a"${html`${' onfocus=alert(1)'}`}>`).toThrow();
    expect(() => html`<input name="a"${html`${' x="" onfocus="alert(1)'}`}>`).toThrow();
    expect(() => html`<input name="a"${trusted('><script>')}>`).toThrow();
  });

  it('fills an address only with an address that was checked', () => {
    expect(html`<a href="${localPath('/a?b=1&c=2')}">x</a>`.toString()).toBe('<a href="/a?b=1&amp;c=2">x</a>');
    expect(() => html`<a href="${'/a'}">x</a>`).toThrow();
    expect(() => html`<form action="${'javascript:alert(1)'}"></form>`).toThrow();
    expect(() => html`<img src="${'x'}">`).toThrow();
    expect(() => html`<meta http-equiv="refresh" content="0;url=${'javascript:alert(1)'}">`).toThrow();
  });

  it('refuses a template with a hole where no escaping helps', () => {
    expect(() => html`<a title=${'x'}>x</a>`).toThrow();
    expect(() => html`<${'p'}>x</p>`).toThrow();
    expect(() => html`<p title='${'x'}'>x</p>`).toThrow();
    expect(() => html`<script>${'x'}</script>`).toThrow();
    expect(() => html`<p onclick="${'x'}">x</p>`).toThrow();
    expect(() => html`<p style="${'x'}">x</p>`).toThrow();
    expect(() => html`<p onclick="alert(1)">x</p>`).toThrow();
    expect(() => html`<p title="`).toThrow();
  });
});

describe('a name that a stranger chose', () => {
  it.each([
    ['  Mail   Sorter\n', 'Mail Sorter'], ['Bank\u202egpj.exe', 'Bankgpj.exe'], ['\u2066a\u2069\u200b\ufeffb\u0000c', 'ab c'], ['a\u2028b', 'a b'],
    ['Zoe\u0308', 'Zo\u00eb'], [`o${'\u0301'.repeat(50)}`, '\u00f3\u0301\u0301\u0301'], ['\ud800x', 'x'], ['日本語 エージェント', '日本語 エージェント'], ['وكيل', 'وكيل'],
  ])('%j becomes one plain line', (name, shown) => {
    expect(displayName(name)).toBe(shown);
  });

  it('has an end, counted in characters that people see', () => {
    expect(displayName('x'.repeat(1_000_000))).toBe(`${'x'.repeat(59)}…`);
    expect([...displayName('🦊'.repeat(100))]).toHaveLength(60);
    expect(displayName('x'.repeat(60))).toBe('x'.repeat(60));
  });

  it('is never empty on screen', () => {
    for (const nothing of ['', ' \n', '\u200b\u2060', '\u3164', '\u2800']) expect(displayName(nothing)).toBe('An agent without a name');
  });
});

describe('an address on a page', () => {
  it.each(['javascript:alert(1)', 'https://a@b.example/', '//b.example', '/\\b.example', 'ftp://b.example', 'https://b.example/"x', 'https://b.example/\tx', 'b.example'])('is not %j', (address) => {
    expect(() => webUrl(address)).toThrow();
  });

  it.each(['https://hub.example/t/acme', 'http://localhost:4000/my/agents', '/my/agents'])('may be %j', (address) => {
    expect(webUrl(address).toString()).toBe(address);
  });
});
