import type { AccessFacts, AccessFactsReader } from '../access-facts.js';

interface OwnAuthority {
  readonly facts: AccessFacts;
  readonly scopes: readonly string[];
}

/** What an agent asks for that acts for itself: without scopes it is what it was granted, which may be news to this node. */
export const ownAuthority = async (
  reader: AccessFactsReader, { tenant, agentId, resourceId }: { readonly tenant: string; readonly agentId: string; readonly resourceId: string }, scopes: readonly string[] | undefined,
): Promise<OwnAuthority> => {
  const facts = await reader.gather({ tenant, agentId, principal: { kind: 'agent', id: agentId }, resourceId });
  if (scopes === undefined && facts.grant.state.status === 'none') await reader.catchUp();
  return { facts, scopes: scopes ?? (facts.grant.state.status === 'none' ? [] : facts.grant.state.scopes) };
};
