import { isClientIdUrl } from '../../domain/agent/client-id-url.js';
import type { KnownAgent } from '../../domain/agent/agent.decider.js';
import { hostOf } from './safe-url.js';

/** An agent by the name it gives itself, and by the host that vouches for it; no host where none does. */
export const describeClient = ({ name, clientId, metadata }: Pick<KnownAgent, 'name' | 'clientId' | 'metadata'>): { readonly name: string; readonly clientHost: string } =>
  ({ name, clientHost: hostOf(isClientIdUrl(clientId) ? clientId : (metadata.redirectUris[0] ?? '')) ?? '' });
