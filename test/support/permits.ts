import type { SourceRequest } from '../../node/sources/data-source.js'
import { Permit } from '../../node/policy/permit.js'
import type { AccessQuestion } from '../../node/policy/question.js'

/** A permit for exactly `request`, or for what `changes` make of it. */
export function permitFor(request: SourceRequest, changes: Partial<AccessQuestion['resource']> = {}): Permit {
  const { template: _template, ...reading } = request
  const question: AccessQuestion = {
    requester: { did: 'did:web:example.org', claims: {} },
    action: 'QUERY',
    resource: { party: 'ciz', ...reading, ...changes },
    context: { scopes: ['indicatieregister'], time: 0 },
  }
  const decision = {
    permitted: true,
    rule: 'TEST-0001.v1',
    reasons: [],
    purpose: 'test',
    grondslag: 'test',
    weighed: [],
  }
  return Permit.from([question], [decision])
}
