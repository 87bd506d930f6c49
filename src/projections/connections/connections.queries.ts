import { Injectable } from '@nestjs/common';
import type { ConnectionScope } from '../../domain/connection/connection.events.js';
import { type Found, type Page, type PageRequest, ReadModels, containing } from '../read-models.js';
import { type ConnectionKind, connections, connectionsTable } from './connections.projection.js';

export interface ListedConnection {
  readonly connectionId: string;
  readonly name: string;
  readonly title: string;
  readonly template?: string;
  readonly kind: ConnectionKind;
  readonly heldBy: 'user' | 'tenant';
  readonly status: 'active' | 'suspended' | 'removed';
  readonly epoch: number;
  readonly scopes: readonly ConnectionScope[];
  readonly origins: readonly string[];
  /** ISO 8601. */
  readonly definedAt: string;
}

export interface ConnectionQuestion extends PageRequest {
  readonly status?: ListedConnection['status'] | undefined;
  readonly heldBy?: 'user' | 'tenant' | undefined;
  /** Part of the name or the title, in any case. */
  readonly search?: string | undefined;
}

/** The connections of one tenant, newest first. */
@Injectable()
export class Connections {
  constructor(private readonly models: ReadModels) {}

  async list(tenant: string, { status, heldBy, search, ...request }: ConnectionQuestion = {}): Promise<Page<ListedConnection>> {
    const page = await this.models.page({ of: connections, table: connectionsTable, tenant, equal: { status, heldBy }, where: [containing(search, 'name', 'title')] }, request);
    return { ...page, items: page.items.map(shown) };
  }
}

const shown = ({ tenant: _, position: __, shredded: ___, ...row }: Found<typeof connectionsTable.columns>): ListedConnection => row;
