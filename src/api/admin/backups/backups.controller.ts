import { Readable } from 'node:stream';
import { Controller, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EndQuarantine } from '../../../commands/deployment/end-quarantine.js';
import { TakeBackup } from '../../../commands/deployment/take-backup.js';
import { Clock } from '../../../domain/ports/clock.js';
import { networkOf } from '../../http/tenancy.js';
import { AdminAccess } from '../admin-access.js';
import type { CallOf } from '../endpoint.js';
import { On } from '../on.js';
import { backupEndpoints as endpoints } from './backups.endpoints.js';

const SECONDS_BETWEEN_LOOKS = 1;

@Controller()
export class BackupsController {
  constructor(private readonly bus: CommandBus, private readonly access: AdminAccess, private readonly clock: Clock) {}

  @On(endpoints.take)
  async take(call: CallOf<typeof endpoints.take>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const asked = { withMasterKey: call.body.with_master_key, network: networkOf(request) };
    const { lines } = await this.bus.execute(new TakeBackup(asked, call.context));
    void reply.header('content-type', endpoints.take.media).send(Readable.from(this.whileAllowed(lines, request, call.expiresAt), { objectMode: false }));
  }

  @On(endpoints.release)
  async release(call: CallOf<typeof endpoints.release>) {
    const { position, ended } = await this.bus.execute(new EndQuarantine(call.body.reason, call.context));
    call.wrote(position);
    return { released: ended };
  }

  /**
   * Who is suspended in the middle of it gets no more. That the token runs out meanwhile is no reason to stop: a large
   * ledger takes longer than a token lives.
   */
  private async *whileAllowed(lines: AsyncGenerator<readonly string[]>, request: FastifyRequest, expiresAt: number): AsyncGenerator<string> {
    let looked = this.clock.seconds();
    for await (const some of lines) {
      const now = this.clock.seconds();
      if (now >= looked + SECONDS_BETWEEN_LOOKS && now < expiresAt) {
        looked = now;
        await this.access.check(request, endpoints.take.scope);
      }
      yield some.map((line) => `${line}\n`).join('');
    }
  }
}
