import type { SourceRequest } from '../../node/sources/data-source.js'
import type { Narrowing } from '../../node/policy/decision.js'
import { Permit } from '../../node/policy/permit.js'
import type { AccessQuestion } from '../../node/policy/question.js'

/** A permit for exactly `request`, or for what `changes` make of it; it lets all leave, or what `narrowing` says. */
export function permitFor(
  request: SourceRequest,
  changes: Partial<AccessQuestion['resource']> = {},
  narrowing?: Narrowing,
): Permit {
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
    ...(narrowing === undefined ? {} : { narrowing }),
  }
  return Permit.from([question], [decision])
}
