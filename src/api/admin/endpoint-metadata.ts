import type { Endpoint } from './endpoint.js';

const KEY = 'mandate:endpoint';

export const markEndpoint = (handler: object, endpoint: Endpoint): void => Reflect.defineMetadata(KEY, endpoint, handler);

/** Undefined when the handler is no endpoint of the admin API. */
export const endpointOf = (handler: object): Endpoint | undefined => Reflect.getMetadata(KEY, handler) as Endpoint | undefined;

type Controller = abstract new (...args: never[]) => object;

/** Every endpoint that the controllers really serve. */
export const endpointsOf = (controllers: readonly Controller[]): readonly Endpoint[] =>
  controllers.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const member: unknown = (prototype as Record<string, unknown>)[name];
    return typeof member === 'function' ? (endpointOf(member) ?? []) : [];
  }));
