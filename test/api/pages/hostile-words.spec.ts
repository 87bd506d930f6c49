import { describe, expect, it } from '@jest/globals';
import { leavesOf, skeletonOf, tagsOf, textOf, withLeaf } from './markup.js';
import { samplePages } from './sample-models.js';

const HOSTILE = [
  '"><script>alert(1)</script>', '</title></style><img src=x onerror=alert(1)>', '" autofocus onfocus="alert(1)', '\' onmouseover=\'alert(1)\' x=\'',
  '&lt;script&gt;alert(1)&lt;/script&gt;', '<!-- ', ']]><svg onload=alert(1)>', '{{7*7}}${7*7}', 'a`onclick=alert(1)`', '<a href="javascript:alert(1)">free</a>',
];
const ADDRESSES = /^(action|confirmAction|denyAction|withdrawAction|switchAction|signOutAction|href|url|connectHref|listHref|agentsHref|connectionsHref|securityHref|backHref|nextHref|emergencyHref)$/;
const TURNS_TEXT = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0000-\u0009\u000b-\u001f]/;
/** Opaque values go back as they came; the words of the home page are our own and the operator's. */
const OURS = /^(csrf|transaction|approvalId|grantId|credentialId|issuer|label|note|options|ticket|factorId|digest|secret|codes|identity|provider|0)$/;
/** What is not shown is not confirmed: the details of an action stand there whole, and are at most 4096 characters where they come in. */
const WHOLE = 'details';
/** Moments and words of a fixed vocabulary, which no stranger writes. */
const FIXED = /^(since|lastUsed|askedAt|until|status|asks|kind|base)$/;

const words = samplePages.flatMap(({ name, model, draw }) => leavesOf(model)
  .filter((path) => !ADDRESSES.test(path.at(-1)!) && !FIXED.test(path.at(-1)!))
  .map((path) => ({ title: `${path.join('.')} of ${name}`, path, model, draw })));
const addresses = samplePages.flatMap(({ name, model, draw }) => leavesOf(model)
  .filter((path) => ADDRESSES.test(path.at(-1)!)).map((path) => ({ title: `${path.join('.')} of ${name}`, path, model, draw })));

describe('UI-01: whatever strangers write into a page', () => {
  it.each(words)('$title adds no tag and no attribute', ({ path, model, draw }) => {
    const honest = skeletonOf(draw(model as never));
    // An id that is an address is told in other words than one that is none.
    const prefix = path.at(-1) === 'clientId' ? 'https://sorter.example/' : '';
    for (const hostile of HOSTILE) expect(skeletonOf(draw(withLeaf(model, path, prefix + hostile) as never))).toBe(honest);
  });

  it.each(words.filter(({ path }) => !OURS.test(path.at(-1)!)))('$title neither turns the direction of writing nor hides characters', ({ path, model, draw }) => {
    const page = draw(withLeaf(model, path, 'gpj\u202e.exe\u2066\u200b\u0000\u0007bank') as never);
    expect(textOf(page)).not.toMatch(TURNS_TEXT);
    expect(textOf(page) + tagsOf(page).map(({ attributes }) => attributes['value']).join(' ')).toMatch(/gpj\.exe ?bank/);
  });

  it.each(words.filter(({ path }) => !OURS.test(path.at(-1)!) && path[0] !== WHOLE))('$title can\'t push the rest of the page away', ({ path, model, draw }) => {
    const more = textOf(draw(withLeaf(model, path, 'W'.repeat(100_000)) as never)).length - textOf(draw(model as never)).length;
    expect(more).toBeLessThan(2_500);
  });

  it.each(addresses)('UI-02: $title is an address that runs nothing and leaves for nowhere', ({ path, model, draw }) => {
    const bad = ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '//evil.example', '/\\evil.example', '/a"b', '/a\nb', ''];
    for (const address of bad) expect(() => draw(withLeaf(model, path, address) as never)).toThrow();
  });
});

describe.each(samplePages)('the $name page', ({ model, draw }) => {
  const page = draw(model as never);
  const tags = tagsOf(page);

  it('runs no script but ours and loads nothing from elsewhere', () => {
    const names = tags.flatMap(({ attributes }) => Object.keys(attributes));
    // But for our own file, where a passkey is asked for.
    for (const { attributes } of tags.filter(({ name }) => name === 'script')) expect(attributes).toEqual({ src: '/passkeys.js', defer: '' });
    expect(page).not.toMatch(/<script[^>]*>[^<]/);
    expect(names.filter((name) => /^on|^style$|^srcset$/.test(name))).toEqual([]);
    const loaded = tags.filter(({ name }) => name === 'link' || name === 'img').map(({ attributes }) => attributes['href'] ?? attributes['src'] ?? '');
    for (const address of loaded) expect(address).toMatch(/^data:image\/svg\+xml,/);
  });

  it('has a language, a title, one first heading and no gap among the others', () => {
    expect(tags.find(({ name }) => name === 'html')?.attributes['lang']).toBe('en');
    expect(page).toMatch(/<title>[^<]{4,}<\/title>/);
    const levels = tags.filter(({ name }) => /^h\d$/.test(name)).map(({ name }) => Number(name[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.slice(1).entries()) expect(level - levels[index]!).toBeLessThanOrEqual(1);
  });

  it('ties a label to every field and every reference to something', () => {
    const ids = tags.flatMap(({ attributes }) => (attributes['id'] === undefined ? [] : [attributes['id']]));
    expect(new Set(ids).size).toBe(ids.length);
    const labelled = tags.filter(({ name }) => name === 'label').map(({ attributes }) => attributes['for']);
    const fields = tags.filter(({ name, attributes }) => name === 'input' && attributes['type'] !== 'hidden');
    for (const { attributes } of fields) expect(labelled).toContain(attributes['id']);
    const references = tags.flatMap(({ attributes }) => ['for', 'aria-describedby', 'aria-labelledby'].flatMap((name) => attributes[name] ?? []));
    for (const id of references) expect(ids).toContain(id);
  });

  it('closes what it opens', () => {
    const open: string[] = [];
    const isVoid = (name: string) => ['!doctype', 'meta', 'link', 'input', 'img', 'br'].includes(name);
    for (const { name } of tags.filter((tag) => !isVoid(tag.name))) {
      if (name.startsWith('/')) expect(open.pop()).toBe(name.slice(1));
      else open.push(name);
    }
    expect(open).toEqual([]);
  });
});
