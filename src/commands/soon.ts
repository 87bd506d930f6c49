/**
 * Here already, or on its way. What every request asks for is nearly always in memory: then no promise is made for it.
 * `await` takes both.
 */
export type Soon<T> = T | Promise<T>;

interface WhenHere {
  <T, R>(value: Soon<T>, then: (value: T) => Promise<R>): Promise<R>;
  <T, R>(value: Soon<T>, then: (value: T) => Soon<R>): Soon<R>;
}

/** `then` of the value: at once when it is here. What `then` throws is thrown at once in that case, and rejected in the other. */
export const whenHere: WhenHere = <T, R>(value: Soon<T>, then: (value: T) => Promise<R>): Promise<R> => (value instanceof Promise ? value.then(then) : then(value));

/** All of them, at once when all are here. */
export const allHere = <T extends readonly unknown[]>(soons: readonly [...{ [K in keyof T]: Soon<T[K]> }]): Soon<T> =>
  (soons.some((one) => one instanceof Promise) ? Promise.all(soons) : soons) as Soon<T>;
