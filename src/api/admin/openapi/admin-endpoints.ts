import type { Endpoint } from '../endpoint.js';

/** Injection token: what the admin API serves, read off its controllers. */
export abstract class AdminEndpoints {
  abstract readonly all: readonly Endpoint[];
}
