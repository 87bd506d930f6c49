import { USE_SCOPE, brokerUri } from '../../commands/resources/hub-resources.js';
import { resourceMetadataUrl } from '../http/bearer.js';
import { ApiProblem } from '../errors/problem.js';

/** RFC 6750 section 3 and RFC 9728 section 5.1: what is wrong with the token, and where one is to be had. */
export const unauthenticatedAgent = (issuer: string, error: 'invalid_token' | 'insufficient_scope' | undefined): ApiProblem => {
  const isKnown = error === 'insufficient_scope';
  return new ApiProblem({
    status: isKnown ? 403 : 401, code: error ?? 'token.invalid', title: isKnown ? 'Not allowed' : 'Not authenticated',
    detail: isKnown ? `This needs the scope ${USE_SCOPE}.` : `Send an access token for ${brokerUri(issuer)} in the Authorization header: Bearer, a space, the token.`,
    headers: { 'www-authenticate': `Bearer ${error === undefined ? '' : `error="${error}", `}scope="${USE_SCOPE}", resource_metadata="${resourceMetadataUrl(brokerUri(issuer))}"` },
  });
};

export const tooLarge = (): ApiProblem => new ApiProblem({ status: 413, code: 'request.too_large', title: 'Too large', detail: 'At most 10 MiB are forwarded in one call.' });
