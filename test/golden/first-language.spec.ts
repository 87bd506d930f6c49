import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readEventData } from '../../src/domain/kernel/catalogue.js';
import { decideAccess } from '../../src/domain/policy/decide-access.js';
import { policy } from '../../src/domain/policy/policy.decider.js';
import { policyEvents } from '../../src/domain/policy/policy.events.js';
import { BY_ITSELF, GRANT, TICKETS, USER, requestWith } from '../domain/policy/sample-request.js';

interface Golden {
  readonly users: Readonly<Record<string, readonly string[] | null>>;
  readonly cases: readonly {
    readonly document: object;
    readonly decisions: readonly { readonly who: string; readonly uri: string; readonly scopes: readonly string[]; readonly decision: object }[];
  }[];
}

/** Written by the code of version 0.1 itself; never to be changed. */
const golden = JSON.parse(readFileSync(new URL('../../../test/golden/policies/first-language.json', import.meta.url), 'utf8')) as Golden;

describe('documents of the first language', () => {
  it.each(golden.cases.map((one) => [JSON.stringify(one.document), one] as const))('%s, as it stands in a ledger, decides as it did', (text, { decisions }) => {
    const published = policyEvents.PolicyPublished(readEventData('PolicyPublished', 1, { version: 1, document: text, digest: 'd' }) as never);
    const book = [published, policyEvents.PolicyActivated({ version: 1, digest: 'd' })].reduce(policy.evolve, policy.initial);
    expect(decisions.length).toBe(45);
    for (const { who, uri, scopes, decision } of decisions) {
      const roles = golden.users[who];
      const target = { ...TICKETS, uri, scopes: ['read', 'ungranted'].map((name) => ({ name, description: name })) };
      const decided = decideAccess(requestWith([], { policy: book, ...(roles ? { user: { ...USER, roles } } : BY_ITSELF), target, scopes, grant: { ...GRANT, scopes: ['read'] } }));
      // What the first version said, word for word; this one says more.
      expect([who, uri, decided]).toEqual([who, uri, { ...decided, ...decision }]);
      expect(decided.allowed ? decided.scopes : []).toEqual((decision as { scopes?: string[] }).scopes ?? []);
    }
  });

  it('can\'t be published any more: the message names the member that is not known, and those that are', () => {
    const publish = (rule: object) => () => policy.decide({ type: 'PublishPolicy', document: JSON.stringify({ rules: [{ id: 'a', effect: 'deny', ...rule }] }), digest: 'd' }, policy.initial);
    expect(publish({ unlessRoles: ['admin'] })).toThrow(/rules\[0\]\.unlessRoles is not known; known are .*unless/);
    expect(publish({ resources: ['https://notes.example'] })).toThrow(/rules\[0\]\.resources is not known; known are .*targets/);
  });
});
