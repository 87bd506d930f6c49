import { Injectable } from '@nestjs/common';
import type { ResourceScope, ToolScopes } from '../../domain/resource/resource.events.js';
import { type Found, type Page, type PageRequest, ReadModels, containing } from '../read-models.js';
import { resources, resourcesTable } from './resources.projection.js';

export interface ListedResource {
  readonly resourceId: string;
  /** The audience of its tokens. */
  readonly uri: string;
  readonly kind: 'api' | 'mcp';
  readonly name: string;
  readonly status: 'active' | 'withdrawn';
  readonly scopes: readonly ResourceScope[];
  readonly defaultScopes: readonly string[];
  readonly tools: readonly ToolScopes[];
  /** Seconds. */
  readonly tokenLifetime: number;
  readonly signingAlgorithm: 'ES256' | 'RS256';
  readonly withdrawnReason?: string;
  /** ISO 8601. */
  readonly registeredAt: string;
}

export interface ResourceQuestion extends PageRequest {
  readonly status?: 'active' | 'withdrawn' | undefined;
  readonly kind?: 'api' | 'mcp' | undefined;
  /** Part of the name or the URI, in any case. */
  readonly search?: string | undefined;
}

/** The protected resources of one tenant, newest first. */
@Injectable()
export class Resources {
  constructor(private readonly models: ReadModels) {}

  async list(tenant: string, { status, kind, search, ...request }: ResourceQuestion = {}): Promise<Page<ListedResource>> {
    const page = await this.models.page({ of: resources, table: resourcesTable, tenant, equal: { status, kind }, where: [containing(search, 'name', 'uri')] }, request);
    return { ...page, items: page.items.map(shown) };
  }
}

const shown = ({ tenant: _, position: __, ...row }: Found<typeof resourcesTable.columns>): ListedResource => row;
