/**
 * Here already, or on its way. What every request asks for is nearly always in memory: then no promise is made for it.
 * `await` takes both.
 */
export type Soon<T> = T | Promise<T>;

/** `then` of the value: at once when it is here. */
export const whenHere = <T, R>(value: Soon<T>, then: (value: T) => Soon<R>): Soon<R> => (value instanceof Promise ? value.then(then) : then(value));
