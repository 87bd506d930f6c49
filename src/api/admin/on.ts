import { Header, HttpCode, RequestMapping, RequestMethod, UseGuards, UseInterceptors, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminGuard, callOf } from './admin.guard.js';
import type { AnswerOf, CallOf, Endpoint } from './endpoint.js';
import { markEndpoint } from './endpoint-metadata.js';
import { RefusalInterceptor } from './refusal.interceptor.js';

const VERBS = { get: RequestMethod.GET, post: RequestMethod.POST, patch: RequestMethod.PATCH };
const TheCall = createParamDecorator((_: unknown, execution: ExecutionContext) => callOf(execution.switchToHttp().getRequest<FastifyRequest>()));

/** Serves an endpoint with a method: its first parameter is the checked call, and the compiler holds it to the answer. */
export const On = <E extends Endpoint>(endpoint: E) =>
  <M extends (call: CallOf<E>, ...more: never[]) => Promise<AnswerOf<E> | void>>(target: object, key: string, descriptor: TypedPropertyDescriptor<M>): void => {
    const handler = descriptor.value!;
    markEndpoint(handler, endpoint);
    RequestMapping({ path: endpoint.path, method: VERBS[endpoint.verb] })(target, key, descriptor);
    HttpCode(endpoint.status)(target, key, descriptor);
    // Answers hold secrets that are shown once, and states that change (UI-05).
    Header('cache-control', 'no-store')(target, key, descriptor);
    UseGuards(AdminGuard)(target, key, descriptor);
    UseInterceptors(RefusalInterceptor)(target, key, descriptor);
    TheCall()(target, key, 0);
  };
