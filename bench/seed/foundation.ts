import { CommandBus } from '@nestjs/cqrs';
import { FirstStart } from '../../src/commands/first-start.js';
import { SigningKeys } from '../../src/commands/keys/signing-keys.js';
import { RegisterResource } from '../../src/commands/resources/register-resource.js';
import { CreateTenant } from '../../src/commands/tenants/create-tenant.js';
import { DEFAULT_TENANT } from '../../src/commands/tenants/tenant-directory.js';
import { SYSTEM } from '../../src/domain/kernel/event.js';
import type { Ledger } from '../../src/domain/ports/ledger.js';
import { createHub } from '../../src/hub.js';
import { openReadDatabase } from '../../src/platform/database/open-read-database.js';
import { UndiciGuardedFetch } from '../../src/platform/guarded-fetch/undici-guarded-fetch.js';
import type { Vault } from '../../src/platform/vault/open-vault.js';
import { RESOURCE } from '../servers/server-ready.js';
import type { SeededClock } from './seeded-clock.js';

export interface Tenancy {
  readonly tenant: string;
  readonly resources: readonly string[];
  /** The key that its tokens are signed with. */
  readonly kid: string;
}

const TENANTS = 10;
const RESOURCES_EACH = 3;

/** Tenants with their keys, policies and resources, made by the commands that everybody uses; the first is the default tenant. */
export const layFoundation = async (parts: { ledger: Ledger; vault: Vault; clock: SeededClock; publicUrl: string }): Promise<readonly Tenancy[]> => {
  const { ledger, vault, clock, publicUrl } = parts;
  const fetch = new UndiciGuardedFetch({ clock, allowLoopback: true });
  const readDatabase = openReadDatabase({ databaseUrl: undefined, directory: 'memory://' }).database;
  const settings = { publicUrl, allowLoopback: true, trustedProxies: [] };
  const app = await createHub({ ledger, vault, clock, fetch, settings, readDatabase }, (error) => console.error(error));
  const bus = app.get(CommandBus, { strict: false });
  const actor = { actor: SYSTEM, correlationId: 'seed' };
  const found = async (tenant: string): Promise<Tenancy> => {
    const resources: string[] = [];
    for (let n = 0; n < RESOURCES_EACH; n += 1) {
      const uri = n === 0 ? RESOURCE.uri : `https://resource-${n}.bench.example/mcp`;
      const scopes = RESOURCE.scopes.map((name) => ({ name, description: name }));
      const { resourceId } = await bus.execute(new RegisterResource(
        { uri, kind: 'mcp', name: `Resource ${n}`, scopes, defaultScopes: [], tools: [], tokenLifetime: RESOURCE.tokenLifetime, signingAlgorithm: 'ES256' },
        { tenant, ...actor },
      ));
      resources.push(resourceId);
    }
    const { kid } = await app.get(SigningKeys, { strict: false }).active(tenant, 'ES256');
    return { tenant, resources, kid };
  };
  try {
    await bus.execute(new FirstStart({ email: 'admin@localhost', password: undefined }, undefined));
    const all = [await found(DEFAULT_TENANT)];
    for (let n = 1; n < TENANTS; n += 1) {
      const slug = `tenant-${n}`;
      const { tenantId } = await bus.execute(new CreateTenant({ slug, name: `Tenant ${n}`, issuer: `${publicUrl}/t/${slug}` }, actor));
      all.push(await found(tenantId));
    }
    return all;
  } finally {
    await app.close();
  }
};
