export interface Note {
  readonly id: number;
  readonly text: string;
  /** Who wrote it: an agent, and for whom. */
  readonly by: string;
}

const MAX_NOTES = 200;
const MAX_NOTEBOOKS = 10_000;

/** Everybody's notes, in memory. A notebook belongs to one owner, and no call reaches into another's. */
export class Notes {
  readonly #notebooks = new Map<string, readonly Note[]>();
  #lastId = 0;

  list(owner: string): readonly Note[] {
    return this.#notebooks.get(owner) ?? [];
  }

  /** Adds a note. The oldest note leaves a full notebook, and the longest unused notebook a full shelf: memory stays bounded. */
  add(owner: string, { text, by }: Omit<Note, 'id'>): Note {
    const note = { id: ++this.#lastId, text, by };
    const notes = [...this.list(owner), note].slice(-MAX_NOTES);
    this.#notebooks.delete(owner);
    this.#notebooks.set(owner, notes);
    const [oldest] = this.#notebooks.keys();
    if (this.#notebooks.size > MAX_NOTEBOOKS && oldest !== undefined) this.#notebooks.delete(oldest);
    return note;
  }

  /** Removes a note and returns it; undefined when the owner has none with this number. */
  delete(owner: string, id: number): Note | undefined {
    const notes = this.list(owner);
    const note = notes.find((one) => one.id === id);
    if (note) this.#notebooks.set(owner, notes.filter((one) => one !== note));
    return note;
  }
}
