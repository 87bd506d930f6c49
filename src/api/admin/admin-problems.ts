import { adminApiUri } from '../../commands/resources/hub-resources.js';
import { resourceMetadataUrl } from '../http/bearer.js';
import { ApiProblem } from '../errors/problem.js';

/** RFC 6750 section 3: no error code when the request brought no token at all. */
export const unauthenticated = (issuer: string, scope: string, presented: boolean): ApiProblem => {
  const error = presented ? 'error="invalid_token", ' : '';
  return new ApiProblem({
    status: 401, code: 'token.invalid', title: 'Not authenticated',
    detail: presented
      ? 'The access token is not valid here (any more). Ask the token endpoint for one for this API.'
      : 'Send an access token for this API in the Authorization header: Bearer, a space, the token.',
    headers: { 'www-authenticate': `Bearer ${error}scope="${scope}", resource_metadata="${resourceMetadataUrl(adminApiUri(issuer))}"` },
  });
};

export const insufficientScope = (issuer: string, scope: string): ApiProblem =>
  new ApiProblem({
    status: 403, code: 'insufficient_scope', title: 'Not allowed',
    detail: `This needs the scope ${scope}, which the token does not carry or its principal may not use.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${resourceMetadataUrl(adminApiUri(issuer))}"` },
  });

/** Whoever changes what others may do can't give away, or take over, more than he has (AD-05). */
export const escalation = (detail: string): ApiProblem => new ApiProblem({ status: 403, code: 'admin.escalation', title: 'Not allowed', detail });

export const conflict = (code: string, detail: string): ApiProblem => new ApiProblem({ status: 409, code, title: 'Conflict', detail });
export const notValid = (detail: string): ApiProblem => new ApiProblem({ status: 422, code: 'request.invalid', title: 'Not valid', detail });
export const malformed = (code: string, detail: string): ApiProblem => new ApiProblem({ status: 400, code, title: 'Malformed request', detail });
