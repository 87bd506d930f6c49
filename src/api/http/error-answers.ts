import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer } from './answer.js';

/** Turns what went wrong into what the caller can read, and tells the operator of what is no refusal. */
export interface ErrorAnswers {
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void;
  /** OAuth JSON, for whoever has no Fastify request in hands. */
  oauthAnswer(error: unknown, requestId: string): Answer;
}
