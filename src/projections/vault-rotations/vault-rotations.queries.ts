import { Injectable } from '@nestjs/common';
import { type Found, type Page, type PageRequest, ReadModels } from '../read-models.js';
import { vaultRotations, vaultRotationsTable } from './vault-rotations.projection.js';

export type ListedRotation = Omit<Found<typeof vaultRotationsTable.columns>, 'tenant' | 'position'>;

/** Rotations of the vault's keys, the last first. */
@Injectable()
export class VaultRotations {
  constructor(private readonly models: ReadModels) {}

  async list(tenant: string, request: PageRequest = {}): Promise<Page<ListedRotation>> {
    const page = await this.models.page({ of: vaultRotations, table: vaultRotationsTable, tenant }, request);
    return { ...page, items: page.items.map(({ tenant: _, position: __, ...row }) => row) };
  }
}
