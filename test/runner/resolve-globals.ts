import type { ResolveHook } from 'node:module';

/** Jest's own `@jest/globals` exists in its contexts alone. */
export const resolve: ResolveHook = (specifier, context, next) =>
  specifier === '@jest/globals' ? { url: new URL('globals.js', import.meta.url).href, shortCircuit: true } : next(specifier, context);
