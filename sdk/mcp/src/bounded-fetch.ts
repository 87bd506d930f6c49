import { boundedText } from './bounded-text.js';

/** No JSON object came back, or not in time. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  /** The HTTP status, when there was an answer at all. */
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export interface BoundedRequest {
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly init?: RequestInit;
}

/**
 * One JSON object from one URL. No redirect is followed (it could lead the request, and its credentials, into a private
 * network), time and length are bounded, and anything but 200 is a failure.
 */
export const fetchObject = async (url: string, { fetch, timeoutMs, maxBytes, init }: BoundedRequest): Promise<Record<string, unknown>> => {
  let response: Response | undefined;
  try {
    const headers = { accept: 'application/json', ...(init?.headers as Record<string, string> | undefined) };
    response = await fetch(url, { ...init, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    const { status } = response;
    if (status !== 200) throw new FetchFailure(`${url} answered ${status}.`, status);
    const value: unknown = JSON.parse(await boundedText(response.body, maxBytes));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FetchFailure(`${url} answered without a JSON object.`, status);
    return value as Record<string, unknown>;
  } catch (error) {
    response?.body?.cancel().catch(() => undefined);
    if (error instanceof FetchFailure) throw error;
    throw new FetchFailure(`${url} gave no usable answer.`, response?.status, error);
  }
};
