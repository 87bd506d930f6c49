import { z } from 'zod';
import { ADMIN_SCOPES } from '../../../commands/resources/hub-resources.js';
import { type Endpoint, takesNothing } from '../endpoint.js';
import { PATH_PARAMETERS, type ParameterName } from '../path-parameters.js';
import { type OpenApiSchemas, openApiSchemas } from './openapi-schemas.js';

type Json = Readonly<Record<string, unknown>>;
const SCHEME = 'mandate';

const asJson = (schema: Json, media = 'application/json'): Json => ({ content: { [media]: { schema } } });
const PROBLEM = { description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
const FENCE = {
  name: 'If-Ledger-At-Least', in: 'header', schema: { type: 'string' },
  description: 'A Ledger-Position: wait (2 s at most, then 503) until what was written there is seen',
};
const POSITION = { 'Ledger-Position': { description: 'Where the change stands in the ledger', schema: { type: 'string' } } };

const pathOf = ({ path }: Endpoint): string => `/${path.replaceAll(/:(\w+)/g, '{$1}')}`;
const pathParameters = ({ path }: Endpoint): readonly Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name, in: 'path', required: true, schema: { type: 'string', pattern: PATH_PARAMETERS[name as ParameterName].pattern.source },
  }));
const queryParameters = ({ query }: Endpoint): readonly Json[] => {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
};

const operationOf = (endpoint: Endpoint, schemas: OpenApiSchemas): Json => {
  const { name, says, scope, status, verb, body, media } = endpoint;
  const reads = verb === 'get';
  return {
    operationId: name, summary: says, security: [{ [SCHEME]: [scope] }],
    parameters: [...pathParameters(endpoint), ...queryParameters(endpoint), ...(reads ? [FENCE] : [])],
    ...(takesNothing(body) ? {} : { requestBody: { required: true, ...asJson(schemas.body(endpoint)) } }),
    responses: {
      [status]: { description: status === 201 ? 'Made' : 'Done', ...(reads ? {} : { headers: POSITION }), ...asJson(schemas.answer(endpoint), media) },
      default: PROBLEM,
    },
  };
};

/** This very document, which needs no token: it tells how to get one. */
const ITSELF = {
  get: { operationId: 'readOpenApi', summary: 'This document.', security: [], parameters: [], responses: { 200: { description: 'Done', ...asJson({ type: 'object' }) } } },
};

/** OpenAPI 3.1 of the endpoints that are really served, for one issuer. */
export const openApiDocument = (endpoints: readonly Endpoint[], issuer: string): Json => {
  const schemas = openApiSchemas(endpoints);
  const paths: Record<string, Record<string, Json>> = { '/api/openapi.json': ITSELF };
  for (const endpoint of endpoints) (paths[pathOf(endpoint)] ??= {})[endpoint.verb] = operationOf(endpoint, schemas);
  const scopes = Object.fromEntries(ADMIN_SCOPES.map(({ name, description }) => [name, description]));
  return {
    openapi: '3.1.1', info: { title: 'Mandate admin API', version: '1' }, servers: [{ url: issuer }],
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        [SCHEME]: {
          type: 'oauth2',
          flows: {
            authorizationCode: { authorizationUrl: `${issuer}/authorize`, tokenUrl: `${issuer}/token`, scopes },
            clientCredentials: { tokenUrl: `${issuer}/token`, scopes },
          },
        },
      },
    },
  };
};
