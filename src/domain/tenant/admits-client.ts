import type { KnownAgent } from '../agent/agent.decider.js';
import type { RegistrationPolicy, Tenant } from './tenant.decider.js';

/** Whether clients may name themselves by a metadata document at this address (CIMD draft-02 section 8). */
export const admitsDocument = ({ metadataDocuments, allowedHosts }: RegistrationPolicy, clientId: string): boolean =>
  metadataDocuments === 'open' && (allowedHosts.length === 0 || allowedHosts.includes(hostOf(clientId)));

/**
 * Such a client is admitted anew at every use, since its name is looked up at every use: closing the tenant to it, or its
 * host, ends what it got before. Who registered by RFC 7591 is in the directory and stays until suspended.
 */
export const admitsClient = (tenant: Tenant, { method, clientId }: KnownAgent): boolean =>
  method !== 'metadata_document' || (tenant.status !== 'unknown' && admitsDocument(tenant.registration, clientId));

/** By the grammar of a client identifier URL (agent/client-id-url.ts), which every registered one has passed. */
const hostOf = (clientId: string): string => /^https?:\/\/([^/?#]*)/.exec(clientId)?.[1]?.replace(/:443$/, '') ?? '';
