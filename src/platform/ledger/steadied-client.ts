import type { Duplex } from 'node:stream';

type Made = (client: unknown) => Duplex;
/** What is inside a client of the library, as far as it is held together here. */
interface Inside {
  readonly throwOnAppendFailure: boolean;
  readonly GRPCStreamCreator: (type: unknown, name: string, make: Made, ...more: unknown[]) => unknown;
  readonly handleError: (...of: unknown[]) => Promise<void>;
}

/** Keeps the client library from ending the process with promises that nobody has, and errors that nobody hears. */
export const steadied = <C extends object>(client: C): C => {
  const { throwOnAppendFailure, GRPCStreamCreator: create, handleError } = client as unknown as Inside;
  // In its other mode the client reports revision 1 for every conflict.
  if (!throwOnAppendFailure) throw new Error('The event store URL must not set throwOnAppendFailure=false.');
  return Object.assign(client, {
    // The client asks the server once whether it knows batched appends (every server since 21.10 does) and keeps the
    // answer: a server that was not ready at that moment would fail all later appends.
    supports: async () => true,
    GRPCStreamCreator: (type: unknown, name: string, make: Made, ...more: unknown[]) =>
      create(type, name, name === 'appendToStream' ? (of) => unhurried(make(of)) : make, ...more),
    // It waits for the next connection, and nobody waits for it.
    handleError: (...of: unknown[]) => handleError(...of).catch(() => undefined),
  });
};

/** The one stream that all appends go through, and their answers. */
const unhurried = (stream: Duplex): Duplex => {
  const write = stream.write.bind(stream) as (message: unknown) => boolean;
  // Told to wait, the client keeps a line of its own, and rejects for each in it a second promise that nobody has when the
  // connection breaks. How much may be in flight is bounded by us.
  Object.assign(stream, { write: (message: unknown) => write(message) || true });
  for (const hear of stream.listeners('data') as ((answer: unknown) => void)[])
    stream.off('data', hear).on('data', (answer: unknown) => {
      try {
        hear(answer);
      } catch {
        // To an append that was given up meanwhile, or one that it can't read: whoever still waits asks again.
      }
    });
  return stream;
};
