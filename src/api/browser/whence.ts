import type { FastifyRequest } from 'fastify';
import type { Whence } from '../../commands/sign-in/begin-session.js';
import { deviceOf } from './device.js';
import { networkOf } from '../http/tenancy.js';

/** Where a sign-in comes from: a network and words about a browser, too coarse to name a person. */
export const whenceOf = (http: FastifyRequest): Whence => ({ network: networkOf(http), device: deviceOf(http) });
