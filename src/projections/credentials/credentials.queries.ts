import { Injectable } from '@nestjs/common';
import type { Holder } from '../../domain/credential/credential.events.js';
import { Clock } from '../../domain/ports/clock.js';
import { connections, connectionsTable } from '../connections/connections.projection.js';
import { tableName } from '../projection.js';
import { EVERY_TENANT, type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { users, usersTable } from '../users/users.projection.js';
import { credentials, credentialsTable } from './credentials.projection.js';

type Row = Found<typeof credentialsTable.columns>;

/** `reason`: why it is not live, or why the last refresh gave nothing. */
export interface ListedCredential extends Omit<Row, 'tenant' | 'position' | 'refreshable' | 'shredded' | 'holderKind' | 'holderId'> {
  readonly holder: Holder;
}
/** Across tenants, for the hub's own work. */
export interface DueCredential {
  readonly tenant: string;
  readonly credentialId: string;
  readonly connectionId: string;
}

export interface CredentialQuestion extends PageRequest {
  readonly connectionId?: string | undefined;
  readonly holder?: Holder | undefined;
}

/** Seconds before its end from which on a token in use is looked at; each has its own moment. */
const AHEAD = 600;
/** A credential that was lent within this is in use. */
const IN_USE = 3_600;
/** What nobody uses is tried all the same. */
const AT_LEAST_EVERY = 7 * 86_400;

/** What is held: for one tenant's lists, newest first, and for the hub to look after. Destroyed ones are not listed. */
@Injectable()
export class Credentials {
  constructor(private readonly models: ReadModels, private readonly clock: Clock) {}

  async list(tenant: string, { connectionId, holder, ...request }: CredentialQuestion = {}): Promise<Page<ListedCredential>> {
    const equal = { connectionId, holderKind: holder?.kind, holderId: holder?.id };
    const page = await this.models.page({ of: credentials, table: credentialsTable, tenant, equal, where: [[`r.status <> 'destroyed'`]] }, request);
    return { ...page, items: page.items.map(shown) };
  }

  /** Tokens that are in use and will be over soon, and credentials that have not shown for a week that they still live. */
  dueForRefresh(request: PageRequest): Promise<Page<DueCredential>> {
    const now = this.clock.seconds();
    const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
    return this.due(`r.status = 'live' AND r.refreshable AND ((r.expires_at <= :soon AND r.last_lent_at >= :inUse) OR r.refreshed_at <= :longAgo)`, {
      soon: now + AHEAD, inUse: iso(now - IN_USE), longAgo: iso(now - AT_LEAST_EVERY),
    }, request);
  }

  /** What has to go: of removed connections, of people who were disabled, and what was destroyed and is still in the vault. */
  dueForDestruction(request: PageRequest): Promise<Page<DueCredential>> {
    const removed = `SELECT c.connection_id FROM ${tableName(connectionsTable, connections)} c WHERE c.tenant = r.tenant AND c.status = 'removed'`;
    const disabled = `SELECT u.user_id FROM ${tableName(usersTable, users)} u WHERE u.tenant = r.tenant AND u.status = 'disabled'`;
    return this.due(`NOT r.shredded AND (r.status = 'destroyed' OR r.connection_id IN (${removed}) OR (r.holder_kind = 'user' AND r.holder_id IN (${disabled})))`, {}, request);
  }

  /** Removed connections of which something is in the vault, and no credential any more that has to be revoked with it. */
  async connectionsToClear(request: PageRequest): Promise<Page<{ readonly tenant: string; readonly connectionId: string }>> {
    const held = `SELECT c.connection_id FROM ${tableName(credentialsTable, credentials)} c WHERE c.tenant = r.tenant AND NOT c.shredded`;
    const page = await this.models.page({ of: connections, table: connectionsTable, tenant: EVERY_TENANT, where: [[`r.status = 'removed' AND NOT r.shredded AND r.connection_id NOT IN (${held})`]] }, request);
    return { ...page, items: page.items.map(({ tenant, connectionId }) => ({ tenant, connectionId })) };
  }

  private async due(condition: string, parameters: Readonly<Record<string, unknown>>, request: PageRequest): Promise<Page<DueCredential>> {
    const page = await this.models.page({ of: credentials, table: credentialsTable, tenant: EVERY_TENANT, where: [[condition, parameters]] }, request);
    return { ...page, items: page.items.map(({ tenant, credentialId, connectionId }) => ({ tenant, credentialId, connectionId })) };
  }
}

const shown = ({ tenant: _, position: __, refreshable: ___, shredded: ____, holderKind, holderId, ...row }: Row): ListedCredential => ({ ...row, holder: { kind: holderKind, id: holderId } });
