import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { pageHeaders } from '../../../src/api/pages/page-headers.js';
import { samplePages } from './sample-models.js';

const policy = new Map(pageHeaders()['content-security-policy']!.split('; ').map((directive) => {
  const [name = '', ...values] = directive.split(' ');
  return [name, values.join(' ')] as const;
}));

describe('the headers of a page', () => {
  it.each(samplePages)('allow the one stylesheet that the $name page has, byte for byte', ({ model, draw }) => {
    const styles = [...draw(model as never).matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, css = '']) => css);
    expect(styles).toHaveLength(1);
    expect(policy.get('style-src')).toBe(`'sha256-${createHash('sha256').update(styles[0]!).digest('base64')}'`);
  });

  it('allow nothing else: no script, no frame, no other base', () => {
    expect(Object.fromEntries([...policy].filter(([name]) => name !== 'style-src'))).toEqual({
      'default-src': '\'none\'', 'img-src': '\'self\' data:', 'frame-ancestors': '\'none\'', 'base-uri': '\'none\'',
    });
  });

  it('let our own script run where a passkey is asked for, and change nothing else', () => {
    expect(pageHeaders('our script')['content-security-policy']).toBe(`${pageHeaders()['content-security-policy']}; script-src 'self'`);
  });

  it('leave form-action out, or browsers would stop the redirect that answers a consent', () => {
    expect(policy.has('form-action')).toBe(false);
  });

  it('UI-05: say what it is, that nobody keeps it, frames it or learns where it came from', () => {
    expect(pageHeaders()).toMatchObject({
      'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it('are a new object for each answer: what one answer adds does not reach another', () => {
    pageHeaders()['x-extra'] = '1';
    expect(pageHeaders()).not.toHaveProperty('x-extra');
  });
});
