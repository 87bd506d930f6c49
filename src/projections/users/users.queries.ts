import { Injectable } from '@nestjs/common';
import { type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { users, usersTable } from './users.projection.js';

export interface ListedUser {
  readonly userId: string;
  readonly roles: readonly string[];
  readonly status: 'active' | 'disabled';
  /** ISO 8601. */
  readonly registeredAt: string;
  readonly lastSignedInAt?: string;
}

export interface UserQuestion extends PageRequest {
  readonly status?: 'active' | 'disabled' | undefined;
  readonly role?: string | undefined;
}

/** The people of one tenant, newest first. */
@Injectable()
export class Users {
  constructor(private readonly models: ReadModels) {}

  async list(tenant: string, { status, role, ...request }: UserQuestion = {}): Promise<Page<ListedUser>> {
    const where = [role === undefined ? undefined : ([':role = ANY(r.roles)', { role }] as const)];
    const page = await this.models.page({ of: users, table: usersTable, tenant, equal: { status }, where }, request);
    return { ...page, items: page.items.map(shown) };
  }
}

const shown = ({ tenant: _, position: __, ...row }: Found<typeof usersTable.columns>): ListedUser => row;
