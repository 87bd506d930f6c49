import { Injectable } from '@nestjs/common';
import { checkConditions } from '../../domain/policy/compiled-policy.js';
import { LANGUAGE, readPolicyDocument } from '../../domain/policy/policy-document.js';
import type { PolicyVersion } from '../../domain/policy/policy.decider.js';
import { Conditions } from '../../domain/ports/conditions.js';
import { Crypto } from '../../domain/ports/crypto.js';

/** A document that is not published, checked as if it were: to be tried. It has no number: 0. */
@Injectable()
export class DraftPolicy {
  constructor(private readonly conditions: Conditions, private readonly crypto: Crypto) {}

  /** Throws Refusal('policy.invalid') naming the member that is wrong. */
  of(text: string): PolicyVersion {
    const document = readPolicyDocument(text, LANGUAGE);
    checkConditions(document, this.conditions);
    return { version: 0, digest: this.crypto.sha256(text), document, state: 'draft' };
  }
}
