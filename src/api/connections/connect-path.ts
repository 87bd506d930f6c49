import type { FastifyRequest } from 'fastify';

export const queryOf = (http: FastifyRequest): URLSearchParams => new URLSearchParams(http.url.split('?')[1] ?? '');

/** The connect page's own address, as a sign-in goes on with it: what else the query said is dropped. */
export const connectPath = (name: string, query: URLSearchParams): string => {
  const kept = new URLSearchParams();
  for (const key of ['agent', 'scope']) {
    const value = query.get(key);
    if (value !== null && value !== '' && value.length <= 4096) kept.set(key, value);
  }
  return `/connections/${encodeURIComponent(name)}/connect${kept.size === 0 ? '' : `?${kept.toString()}`}`;
};
