import { Injectable } from '@nestjs/common';
import { resourceIdOf } from '../../commands/derived-ids.js';
import { LiveState } from '../../commands/live-state.js';
import { secondLook } from '../../commands/second-look.js';
import { type Soon, whenHere } from '../../commands/soon.js';
import { streams } from '../../domain/kernel/ids.js';
import { Crypto } from '../../domain/ports/crypto.js';
import { type KnownResource, resource } from '../../domain/resource/resource.decider.js';
import { OAuthError } from './oauth-error.js';

/** RFC 8707: from the URI in a request to the registered resource. */
@Injectable()
export class ResourceParameter {
  /** Of those that are registered, by tenant and URI, so that no digest is made for each token. Names that nobody has are not kept. */
  private readonly ids = new Map<string, string>();

  constructor(private readonly live: LiveState, private readonly crypto: Crypto) {}

  /** One resource per token: several different ones are refused. Undefined when none is named. Throws invalid_target. */
  read(tenant: string, uris: readonly string[]): Soon<KnownResource | undefined> {
    const [first] = uris;
    if (first === undefined) return undefined;
    const place = `${tenant} ${first}`;
    const known = this.ids.get(place);
    const id = known ?? resourceIdOf(this.crypto, tenant, first);
    if (uris.length > 1 && uris.some((uri) => resourceIdOf(this.crypto, tenant, uri) !== id)) throw new OAuthError('invalid_target', 'A token is for one resource; ask for them one after the other.');
    return whenHere(secondLook(this.live, () => this.byId(tenant, id), (found) => found !== undefined), (found) => {
      if (!found) throw new OAuthError('invalid_target', 'This resource is not registered here. An administrator can register it.');
      if (known === undefined) this.ids.set(place, id);
      return found;
    });
  }

  byUri(tenant: string, uri: string): Soon<KnownResource | undefined> {
    return this.byId(tenant, resourceIdOf(this.crypto, tenant, uri));
  }

  byId(tenant: string, resourceId: string): Soon<KnownResource | undefined> {
    return whenHere(this.live.entry(resource, streams.resource(resourceId), tenant), ({ state }) => (state.status === 'active' ? state : undefined));
  }
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** RFC 6749 section 3.3; stray spaces are forgiven. Undefined when the request names none. */
export const readScopes = (text: string | undefined): readonly string[] | undefined => {
  const scopes = [...new Set((text ?? '').split(' ').filter((scope) => scope !== ''))];
  // A list that no resource could have is an attempt to make us work (CVE-2026-4634).
  if (scopes.length > 100 || (text?.length ?? 0) > 4096) throw new OAuthError('invalid_scope', 'Too many scopes.');
  // What no scope can be must not get into a record: stores behind the ledger do not take every character.
  if (!scopes.every((scope) => SCOPE.test(scope))) throw new OAuthError('invalid_scope', 'scope has characters that no scope may have (RFC 6749 section 3.3).');
  return scopes.length === 0 ? undefined : scopes;
};
