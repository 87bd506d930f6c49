import { Controller, Get, Header, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Tenancy } from '../../http/tenancy.js';
import { AdminEndpoints } from './admin-endpoints.js';
import { openApiDocument } from './openapi-document.js';

@Controller()
export class OpenApiController {
  constructor(private readonly tenancy: Tenancy, private readonly endpoints: AdminEndpoints) {}

  @Get('api/openapi.json')
  @Header('cache-control', 'public, max-age=300')
  async document(@Req() request: FastifyRequest): Promise<object> {
    return openApiDocument(this.endpoints.all, (await this.tenancy.of(request)).issuer);
  }
}
