import type { AccessFacts, AccessFactsReader } from '../access-facts.js';
import { type Soon, whenHere } from '../soon.js';

interface OwnAuthority {
  readonly facts: AccessFacts;
  readonly scopes: readonly string[];
}

/** What an agent asks for that acts for itself: without scopes it is what it was granted, which may be news to this node. */
export const ownAuthority = (
  reader: AccessFactsReader, { tenant, agentId, resourceId }: { readonly tenant: string; readonly agentId: string; readonly resourceId: string }, scopes: readonly string[] | undefined,
): Soon<OwnAuthority> =>
  whenHere(reader.gather({ tenant, agentId, principal: { kind: 'agent', id: agentId }, resourceId }), (facts) => {
    if (scopes) return { facts, scopes };
    const granted = (): OwnAuthority => ({ facts, scopes: reader.granted(facts) });
    return facts.grant.state.status === 'none' ? reader.catchUp().then(granted) : granted();
  });
