import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { ROOT } from '../architecture/repository.js';

export interface Contained {
  readonly image?: string;
  readonly build?: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
}

export const composeText = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
export const services = (load(composeText, { schema: CORE_SCHEMA.withTags(mergeTag) }) as { services: Readonly<Record<string, Contained>> }).services;

/** Those that run the hub's own image. */
export const nodes = Object.entries(services).filter(([, { build }]) => build !== undefined);

/** What is started when these are, as `docker compose up -d <names>` does. */
export const startedWith = (...names: readonly string[]): ReadonlySet<string> => {
  const started = new Set<string>();
  const start = (name: string): void => {
    if (started.has(name)) return;
    started.add(name);
    for (const other of Object.keys(services[name]?.depends_on ?? {})) start(other);
  };
  names.forEach(start);
  return started;
};
