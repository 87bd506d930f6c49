import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestHub, startHub } from '../../support/hub.js';
import { type Body, EVERY_SCOPE, endpoints } from './admin-rig.js';

interface Operation {
  readonly operationId: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Body }[];
}
interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Body>>; readonly securitySchemes: Readonly<Record<string, { flows: Record<string, { scopes: Body; tokenUrl: string }> }>> };
}

/** What Fastify's router really has, as `get /api/agents/:agent_id`. Its tree is printed by segments. */
const routed = (tree: string): readonly string[] => {
  const routes: string[] = [];
  const above: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent, rest] = /^([│ ]*)[├└]── (.*)$/.exec(line) ?? [];
    if (rest === undefined) continue;
    const [, segment, methods] = /^(\S*?)(?: \(([A-Z, ]+)\))?$/.exec(rest) ?? [];
    above.splice(indent!.length / 4, above.length, segment!);
    for (const method of (methods ?? '').split(', ').filter((word) => word !== '')) routes.push(`${method.toLowerCase()} ${above.join('')}`);
  }
  return routes;
};

describe('the OpenAPI document', () => {
  let hub: TestHub;
  let document: Document;
  beforeAll(async () => {
    hub = await startHub();
    document = (await (await hub.fetch('/api/openapi.json')).json()) as Document;
  });
  afterAll(() => hub.close());

  it('lists every route of the API that the server has, and no other', () => {
    const tree = (hub.inside.app.getHttpAdapter().getInstance() as { printRoutes(o: object): string }).printRoutes({ commonPrefix: false });
    const served = routed(tree).filter((route) => /^\w+ \/(api|events)/.test(route)).map((route) => route.replaceAll(/:(\w+)/g, '{$1}'));
    const listed = Object.entries(document.paths).flatMap(([path, operations]) => Object.keys(operations).map((verb) => `${verb} ${path}`));
    expect(served.length).toBeGreaterThan(40);
    expect([...new Set(served)].sort()).toEqual(listed.sort());
    expect(listed).toHaveLength(endpoints.length + 1);
  });

  it('is OpenAPI 3.1 for this issuer, also under a tenant\'s path', () => {
    expect([document.openapi, document.servers]).toEqual(['3.1.1', [{ url: hub.issuer }]]);
    const [scheme] = Object.values(document.components.securitySchemes);
    for (const flow of Object.values(scheme!.flows)) expect([Object.keys(flow.scopes), flow.tokenUrl]).toEqual([EVERY_SCOPE, `${hub.issuer}/token`]);
  });

  it('names each operation once, with the scope that it asks for and every parameter of its path', () => {
    const operations = Object.entries(document.paths).flatMap(([path, verbs]) => Object.values(verbs).map((operation) => ({ path, ...operation })));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { path, parameters, operationId, security } of operations) {
      expect(parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      if (operationId !== 'readOpenApi') expect(security).toEqual([{ mandate: [endpoints.find(({ name }) => name === operationId)!.scope] }]);
    }
  });

  it('points at nothing that is not in it', () => {
    const text = JSON.stringify(document);
    const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target!);
    expect(references.length).toBeGreaterThan(40);
    for (const target of references) expect([target, target.replace('#/components/schemas/', '') in document.components.schemas]).toEqual([target, true]);
    expect(text).not.toMatch(/"\$defs"|"\$schema"|"\$id"/);
  });

  it('says of bodies what the checks say: members that are not listed are refused', () => {
    const bodies = Object.entries(document.components.schemas).filter(([name]) => name.endsWith('Body'));
    expect(bodies.length).toBeGreaterThan(10);
    for (const [name, schema] of bodies) expect([name, schema['additionalProperties']]).toEqual([name, false]);
    expect(document.components.schemas['RegisterAgentBody']).toMatchObject({ required: expect.arrayContaining(['name', 'owner']) as unknown });
    expect(document.components.schemas['RegisterAgentBody']!['required']).not.toContain('redirect_uris');
  });

  it('needs no token and tells no secret', async () => {
    expect((await hub.fetch('/api/openapi.json')).headers.get('cache-control')).toBe('public, max-age=300');
    expect(JSON.stringify(document)).not.toMatch(/secretDigest|passwordHash/);
    expect(hub.inside.failures).toEqual([]);
  });
});
