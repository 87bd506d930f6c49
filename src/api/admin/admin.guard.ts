import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Position } from '../../domain/kernel/event.js';
import { Form } from '../http/form.js';
import { AdminAccess } from './admin-access.js';
import type { CallOf, Endpoint } from './endpoint.js';
import { endpointOf } from './endpoint-metadata.js';
import { checkPathParameters } from './path-parameters.js';
import { ReadFence } from './read-fence.js';
import { readBody, readQuery, wantsJson } from './read-input.js';
import { RefusedCalls } from './refused-calls.js';

const CALL = Symbol('admin call');
type Carrying = FastifyRequest & { [CALL]?: CallOf<Endpoint> };

/** The call that the guard let through. */
export const callOf = (request: FastifyRequest): CallOf<Endpoint> => (request as Carrying)[CALL]!;

/** Stands before every endpoint: who calls comes first, so that a stranger learns nothing from the checks of the input. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly access: AdminAccess,
    private readonly refused: RefusedCalls,
    private readonly fence: ReadFence,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const request = execution.switchToHttp().getRequest<FastifyRequest>();
    const reply = execution.switchToHttp().getResponse<FastifyReply>();
    const { name, scope, query, body, verb, readModel } = endpointOf(execution.getHandler())!;
    const caller = await this.access.identify(request, scope);
    await this.refused.recorded(caller, name, () => caller.needs(scope));
    const parameters = request.params as Readonly<Record<string, string>>;
    checkPathParameters(parameters);
    if (request.body instanceof Form) throw wantsJson();
    const given = { parameters, query: readQuery(query, request.query), body: readBody(body, request.body) };
    if (verb === 'get') await this.fence.wait(request.headers['if-ledger-at-least'], readModel);
    const wrote = (position: Position): void => void reply.header('ledger-position', position);
    (request as Carrying)[CALL] = Object.assign(caller, given, { wrote }) as unknown as CallOf<Endpoint>;
    return true;
  }
}
