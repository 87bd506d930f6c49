import { Refusal } from '../kernel/refusal.js';
import { type Untrusted, own, sorted } from './metadata-members.js';
import { checkRedirectUri } from './redirect-uri.js';

const MOST_REDIRECTS = 20;

export const refuseRedirects = (message: string): never => {
  throw new Refusal('agent.redirect_uri_invalid', message);
};

/** All of them or none: a set with one dangerous URI was not written by somebody who means well. */
export const readRedirectUris = (source: Untrusted): readonly string[] => {
  const uris = own(source, 'redirect_uris') ?? [];
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string')) return refuseRedirects('redirect_uris must be a list of strings.');
  if (uris.length > MOST_REDIRECTS) return refuseRedirects(`redirect_uris must have at most ${MOST_REDIRECTS} entries.`);
  for (const uri of uris as string[]) checkRedirectUri(uri);
  return sorted(uris as string[]);
};
