import { z } from 'zod';
import type { Position } from '../../domain/kernel/event.js';
import type { AdminCaller, AdminScope } from './admin-caller.js';

/**
 * One operation of the API, said once: the route, the guard, the checks of what comes in and the OpenAPI document are
 * all read from here.
 */
export interface Endpoint<
  Path extends string = string, Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType, Answer extends z.ZodType = z.ZodType,
> {
  /** operationId of the OpenAPI document. */
  readonly name: string;
  readonly verb: 'get' | 'post' | 'patch';
  readonly path: Path;
  readonly scope: AdminScope;
  /** One sentence for the OpenAPI document. */
  readonly says: string;
  readonly query: Query;
  readonly body: Body;
  readonly answer: Answer;
  readonly status: 200 | 201;
  /** Of the answer. Of lines of JSON, `answer` describes one. */
  readonly media: 'application/json' | 'application/x-ndjson';
  /** It shows a read model, which follows the ledger at a distance; everything else shows the present. */
  readonly readModel: boolean;
}

type Given<P extends string, Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> =
  & Pick<Endpoint<P, Q, B, A>, 'name' | 'verb' | 'path' | 'scope' | 'says' | 'answer'>
  & { readonly query?: Q; readonly body?: B; readonly status?: 200 | 201; readonly readModel?: true; readonly media?: Endpoint['media'] };

const nothing = z.strictObject({});
type Nothing = typeof nothing;

export const endpoint = <const P extends string, A extends z.ZodType, Q extends z.ZodType = Nothing, B extends z.ZodType = Nothing>(
  given: Given<P, Q, B, A>,
): Endpoint<P, Q, B, A> =>
  ({ query: nothing, body: nothing, status: 200, readModel: false, media: 'application/json', ...given }) as unknown as Endpoint<P, Q, B, A>;

export const takesNothing = (schema: z.ZodType): boolean => schema === nothing;

type ParametersOf<Path extends string> =
  Path extends `${string}:${infer Name}/${infer Rest}` ? Name | ParametersOf<Rest> : Path extends `${string}:${infer Name}` ? Name : never;

/** What every handler of a path with these parameters gets. */
export type CallAt<Name extends string> = AdminCaller & {
  readonly parameters: { readonly [N in Name]: string };
  /** Tells the caller where in the ledger its change stands, so that a later read can ask for at least that. */
  wrote(position: Position): void;
};

/** What a handler gets: an authenticated caller and input that was checked. */
export type CallOf<E extends Endpoint> = CallAt<ParametersOf<E['path']>> & {
  readonly query: z.output<E['query']>;
  readonly body: z.output<E['body']>;
};

type DeepReadonly<T> =
  T extends readonly (infer Item)[] ? readonly DeepReadonly<Item>[]
  : T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;
export type AnswerOf<E extends Endpoint> = DeepReadonly<z.input<E['answer']>>;
