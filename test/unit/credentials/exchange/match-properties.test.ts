import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  parseCompactCredential,
  parseObjectCredential,
  type Credential,
} from '../../../../node/credentials/credential.js'
import { compileDefinition, type PresentationDefinition } from '../../../../node/credentials/exchange/definition.js'
import { explainDefinition } from '../../../../node/credentials/exchange/explain.js'
import { matchDefinition, type Match } from '../../../../node/credentials/exchange/match.js'
import { checkSubmission, createSubmission } from '../../../../node/credentials/exchange/submission.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import { presentationSubmissionSchema } from '../../../../schemas/presentation-exchange.js'
import { createTestHolder, memberSubject, testStart } from '../../../support/credentials.js'
import { refusalOf } from '../../../support/refusals.js'

const did = 'did:web:noord.example'
const issuer = createTestHolder()

const memberOf = (role: string): Credential =>
  parseCompactCredential(
    issuer.signVc({ type: 'LedenadministratieCredential', subject: memberSubject(did, { role }), now: testStart }),
  )
const [zorgkantoor, otherZorgkantoor, gemeente] = [
  memberOf('zorgkantoor'),
  memberOf('zorgkantoor'),
  memberOf('gemeente'),
]
const registrationObject = {
  '@context': ['https://www.w3.org/2018/credentials/v1'],
  type: ['VerifiableCredential', 'DiscoveryRegistrationCredential'],
  id: 'urn:uuid:1',
  issuer: did,
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: { id: did, authServerURL: 'https://noord.example/oauth2/noord' },
}
const registration = parseObjectCredential(registrationObject)

const definition = compileDefinition({
  id: 'lid',
  input_descriptors: [
    { id: 'member', constraints: { fields: [{ path: ['$.credentialSubject[0].organization'] }] } },
    { id: 'registration', constraints: { fields: [{ path: ['$.credentialSubject.authServerURL'] }] } },
  ],
})

describe('definitions of every shape', () => {
  const memberField = fc.record(
    {
      path: fc.subarray(['$.type', '$.type[*]', '$..role', '$.issuer', '$.a', '$.credentialSubject[*].id'], {
        minLength: 1,
      }),
      optional: fc.boolean(),
      filter: fc.record(
        {
          type: fc.constantFrom('string', 'array'),
          const: fc.constantFrom('zorgkantoor', 'LedenadministratieCredential'),
          pattern: fc.constantFrom('^(z|g)', '(a|aa)+$', '.*'),
        },
        { requiredKeys: ['type'] },
      ),
    },
    { requiredKeys: ['path'] },
  )
  const requirement = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.record(
      {
        rule: fc.constantFrom('all', 'pick'),
        count: fc.integer({ min: 1, max: 3 }),
        min: fc.nat(2),
        max: fc.integer({ min: 1, max: 3 }),
        from: fc.constantFrom('x', 'y'),
        from_nested: fc.array(tie('node'), { minLength: 1, maxLength: 2 }),
      },
      { requiredKeys: ['rule'] },
    ),
  })).node
  const anyDefinition = fc.record(
    {
      id: fc.constant('d'),
      format: fc.constantFrom({ jwt_vc: { alg: ['ES256'] } }, { ldp_vc: {} }),
      input_descriptors: fc
        .array(fc.record({ group: fc.subarray(['x', 'y']), fields: fc.array(memberField, { maxLength: 2 }) }), {
          minLength: 1,
          maxLength: 4,
        })
        .map((list) =>
          list.map(({ group, fields }, index) => ({ id: `d${String(index)}`, group, constraints: { fields } })),
        ),
      submission_requirements: fc.oneof(
        { weight: 1, arbitrary: fc.array(requirement, { minLength: 1, maxLength: 2 }) },
        {
          weight: 2,
          arbitrary: fc.constantFrom([{ rule: 'pick', min: 1, from: 'x' }], undefined),
        },
      ),
    },
    { requiredKeys: ['id', 'input_descriptors'] },
  )
  const held = fc.subarray([zorgkantoor, otherZorgkantoor, gemeente, registration])

  test('are refused at load, or match, explain and make a submission that checks, without another throw', () => {
    let [matched, unmatched] = [0, 0]
    fc.assert(
      fc.property(anyDefinition, held, (data, credentials) => {
        let compiled: PresentationDefinition
        try {
          compiled = compileDefinition(data)
        } catch (error) {
          expect(NodeError.codeOf(error)).toBe('presentation.definition_unsupported')
          return
        }
        const { fulfilled } = explainDefinition(
          compiled,
          credentials.map((credential) => ({ credential })),
        )
        let match: Match
        try {
          match = matchDefinition(compiled, credentials)
        } catch (error) {
          expect([NodeError.codeOf(error), fulfilled]).toEqual(['presentation.unfulfilled', false])
          unmatched += 1
          return
        }
        expect(fulfilled).toBe(true)
        matched += 1
        const submission = createSubmission({ id: 's', definition: compiled, match, order: credentials })
        checkSubmission({
          submission,
          definition: compiled,
          match,
          envelope: { verifiableCredential: credentials },
          credentialOf: (value) => credentials.find((credential) => credential === value),
        })
      }),
      { numRuns: 1000 },
    )
    expect([matched > 20, unmatched > 20]).toEqual([true, true])
  })

  test('refuse a submission of any shape, or take it, and throw nothing else', () => {
    const match = matchDefinition(definition, [zorgkantoor, registration])
    const entry = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.record(
        {
          id: fc.constantFrom('member', 'registration'),
          format: fc.constantFrom('jwt_vc', 'ldp_vc', 'jwt_vp'),
          path: fc.oneof(fc.constantFrom('$', '$.verifiableCredential[0]', '$..*', '$[0]'), fc.string()),
          path_nested: tie('node'),
        },
        { requiredKeys: ['id', 'format', 'path'] },
      ),
    })).node
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), fc.jsonValue(), (entries, envelope) => {
        const parsed = presentationSubmissionSchema.safeParse({
          id: 's',
          definition_id: 'lid',
          descriptor_map: entries,
        })
        if (!parsed.success) return
        const refusal = refusalOf(() =>
          checkSubmission({ submission: parsed.data, definition, match, envelope, credentialOf: () => undefined }),
        )
        expect(refusal.code).toBe('presentation.submission')
      }),
      { numRuns: 500 },
    )
  })
})
