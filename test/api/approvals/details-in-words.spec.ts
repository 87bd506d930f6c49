import { describe, expect, it } from '@jest/globals';
import { detailsInWords } from '../../../src/api/my/details-in-words.js';
import { approvalPage } from '../../../src/api/pages/approval-page.js';
import { readAuthorizationDetails } from '../../../src/domain/approval/authorization-details.js';

const shown = (detail: Readonly<Record<string, unknown>>): string => approvalPage({
  tenantName: 'Acme', csrf: 'c', approvalId: 'apr_1', agent: { name: 'A', clientId: 'agt_1', owner: 'Ana' }, inTheNameOf: undefined, resource: { name: 'R', address: '' }, scopes: [],
  details: detailsInWords(readAuthorizationDetails(JSON.stringify([{ type: 'payment', ...detail }]))), bindingMessage: '', askedFrom: undefined, askedAt: '2026-11-24T12:00:00Z', until: '2026-11-24T12:05:00Z',
  choice: undefined, confirmAction: '/my/approvals/confirm', denyAction: '/my/approvals/deny', securityHref: '/my/security',
});

describe('the details that a person confirms', () => {
  it('stand there whole, however long: nothing is behind an ellipsis (SU-05)', () => {
    expect(shown({ note: `${'so much to read '.repeat(200)}and a million to Mallory` })).toContain('and a million to Mallory');
    expect(shown({ [`${'n'.repeat(500)} for Mallory`]: 'yes' })).toContain('for Mallory');
  });

  it.each([
    ['a character that takes no room', '1\u200b00', '1\\u{200b}00'], ['one that turns the text around', '\u202e001', '\\u{202e}001'], ['one of private use', 'bob\ue000', 'bob\\u{e000}'],
    ['a line end', 'a\nb', 'a\\u{a}b'], ['two spaces', 'a  b', 'a \\u{20}b'], ['a space at the end', 'bob ', 'bob\\u{20}'], ['a space that is none', 'a\u00a0b', 'a\\u{a0}b'],
  ])('show %s, for it makes another text of it', (_, value, words) => {
    expect(shown({ to: value })).toContain(`<bdi>${words}</bdi>`);
  });

  it('show everyday text as it is', () => {
    expect(shown({ to: 'Zoë O\u2019Neil, 12 Rue d\u2019Été', amount: '250.00' })).toContain('<bdi>Zoë O\u2019Neil, 12 Rue d\u2019Été</bdi>');
  });
});
