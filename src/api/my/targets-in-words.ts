import { Injectable } from '@nestjs/common';
import { FindConnection } from '../../commands/connections/find-connection.js';
import { isConnectionId } from '../../commands/derived-ids.js';
import { IDENTITY_SCOPES } from '../../domain/token/identity-scopes.js';
import { ResourceParameter } from '../oauth/resource-parameter.js';

interface TargetInWords {
  readonly name: string;
  readonly address: string;
  readonly scopes: readonly string[];
}

/** A protected resource, or a service that is connected, and what is let be done there. What has no words stands under its id. */
@Injectable()
export class TargetsInWords {
  constructor(private readonly resources: ResourceParameter, private readonly connections: FindConnection) {}

  async of(tenant: string, targetId: string, scopes: readonly string[]): Promise<TargetInWords> {
    const { name, address, known } = await this.find(tenant, targetId);
    const words = new Map<string, string>([...known, ...IDENTITY_SCOPES].map((scope) => [scope.name, scope.description]));
    return { name, address, scopes: scopes.map((scope) => words.get(scope) ?? scope) };
  }

  private async find(tenant: string, id: string) {
    if (isConnectionId(id)) {
      const connection = await this.connections.byId(tenant, id);
      return { name: connection?.title ?? id, address: connection?.origins.join(', ') ?? '', known: connection?.scopes ?? [] };
    }
    const resource = await this.resources.byId(tenant, id);
    return { name: resource?.name ?? id, address: resource?.uri ?? '', known: resource?.scopes ?? [] };
  }
}
