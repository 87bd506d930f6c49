import { Injectable } from '@nestjs/common';
import type { AdminCaller } from './admin-caller.js';
import { Cursors } from './cursors.js';

interface Paging {
  readonly cursor?: string | undefined;
  readonly limit: number;
}
interface Found<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Pages of read models with cursors that open here alone. */
@Injectable()
export class ListAnswer {
  constructor(private readonly cursors: Cursors) {}

  async of<T, V>(list: string, { tenant }: AdminCaller, { cursor, limit }: Paging, find: (paging: Paging) => Promise<Found<T>>, show: (item: T) => V | Promise<V>) {
    const { items, next } = await find({ cursor: this.cursors.open(list, tenant.id, cursor), limit });
    return { items: await Promise.all(items.map(show)), next: next === undefined ? null : this.cursors.seal(list, tenant.id, next) };
  }
}
