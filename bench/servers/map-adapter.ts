type Payload = Record<string, unknown> & { readonly uid?: string; readonly grantId?: string; consumed?: number };

const stored = new Map<string, Payload>();
const ofGrant = new Map<string, string[]>();

/**
 * A store in memory for the peer. The one it comes with keeps its 1,000 latest things, and walks all tokens of a grant for
 * each new one: a server of any size has another. This one does what is asked of an adapter and nothing more.
 */
export class MapAdapter {
  constructor(private readonly model: string) {}

  async upsert(id: string, payload: Payload): Promise<void> {
    const key = `${this.model}:${id}`;
    if (payload.grantId !== undefined && !stored.has(key)) {
      const keys = ofGrant.get(payload.grantId);
      if (keys) keys.push(key);
      else ofGrant.set(payload.grantId, [key]);
    }
    if (this.model === 'Session') stored.set(`uid:${payload.uid}`, payload);
    stored.set(key, payload);
  }

  async find(id: string): Promise<Payload | undefined> {
    return stored.get(`${this.model}:${id}`);
  }

  async findByUid(uid: string): Promise<Payload | undefined> {
    return stored.get(`uid:${uid}`);
  }

  async consume(id: string): Promise<void> {
    stored.get(`${this.model}:${id}`)!.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    stored.delete(`${this.model}:${id}`);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const key of ofGrant.get(grantId) ?? []) stored.delete(key);
    ofGrant.delete(grantId);
  }
}
