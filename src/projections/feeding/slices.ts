/** So many events or rows are worked on before the thread answers others. */
export const SLICE = 500;

export function* slices<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
