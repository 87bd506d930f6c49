import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type Observable, from, lastValueFrom } from 'rxjs';
import { callOf } from './admin.guard.js';
import { endpointOf } from './endpoint-metadata.js';
import { RefusedCalls } from './refused-calls.js';

/** What a handler refuses is recorded like what the guard does. */
@Injectable()
export class RefusalInterceptor implements NestInterceptor {
  constructor(private readonly refused: RefusedCalls) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = callOf(execution.switchToHttp().getRequest<FastifyRequest>());
    const { name } = endpointOf(execution.getHandler())!;
    // A handler that answered by itself gives nothing.
    return from(this.refused.recorded(call, name, () => lastValueFrom(next.handle(), { defaultValue: undefined }), () => idsIn([call.parameters, call.query, call.body])));
  }
}

/** Everything in a call that looks like the id of something. */
const idsIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return /^[a-z]{3}_[\w-]{1,64}$/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(idsIn) : [];
};
