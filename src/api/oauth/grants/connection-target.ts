import { OAuthError } from '../oauth-error.js';

/** How a connection is named where RFC 8693 has a type or an audience. */
export const CONNECTION = 'urn:mandate:connection:';
/** As connections are named; what is longer or other is none, and stands in no answer. */
const NAME = /^[a-z][a-z0-9-]{1,39}$/;

/**
 * The name of the connection that a request is for; undefined when it is for a resource. `requested_token_type` names it, or
 * `audience` does, or both the same one. Throws OAuthError: a request is for one thing.
 */
export const connectionNamed = (requested: string | undefined, targets: readonly string[], plain: string): string | undefined => {
  const all = [...(requested === undefined ? [] : [requested]), ...targets];
  const urn = all.find((one) => one.startsWith(CONNECTION));
  if (urn === undefined) return undefined;
  if (targets.some((target) => target !== urn) || (requested?.startsWith(CONNECTION) && requested !== urn))
    throw new OAuthError('invalid_target', 'An exchange is for one connection or for one resource; ask for them one after the other.');
  if (requested !== undefined && requested !== urn && requested !== plain) throw new OAuthError('invalid_request', `What a connection gives is no token of that type. Ask for ${urn}.`);
  const name = urn.slice(CONNECTION.length);
  if (!NAME.test(name)) throw new OAuthError('invalid_target', 'There is no connection of this name that you may use.');
  return name;
};
