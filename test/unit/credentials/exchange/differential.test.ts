import { describe, expect, test } from '@jest/globals'
import { PEX, Status } from '@sphereon/pex'
import fc from 'fast-check'
import { parseObjectCredential, type Credential } from '../../../../node/credentials/credential.js'
import { compileDefinition } from '../../../../node/credentials/exchange/definition.js'
import { matchDefinition, type Match } from '../../../../node/credentials/exchange/match.js'
import { NodeError } from '../../../../node/kernel/errors.js'
import type { DescriptorMapEntry } from '../../../../schemas/presentation-exchange.js'
import { testStart, type Json } from '../../../support/credentials.js'

/**
 * Where both are of one mind by design: fields of texts with const, enum or pattern, optional fields, several paths,
 * groups and submission requirements, linked-data credentials.
 *
 * Left out, because the two differ:
 * - a filter on an array: nuts-node v6 looks for an element that passes, JSON Schema looks at the array itself;
 * - an optional field that is there with another value: refused here and by nuts-node v6;
 * - several paths of which an early one is there and fails: JSON Schema stops at the first that is there;
 * - `all` of a group of which only some can be answered: the library says `warn`, which is no refusal; refused here;
 * - `pick` with only a maximum: the library wants one, nuts-node v6 and we take none;
 * - `from_nested`: the library refuses none, whatever is missing;
 * - numbers and groups that contradict each other: refused here when the definition is loaded.
 */
const pex = new PEX()

const roles = ['zorgkantoor', 'gemeente', 'huisarts']
const cities = ['Noordstad', 'Zuiddorp']

const objects = fc.array(
  fc.record({ role: fc.constantFrom(...roles), city: fc.option(fc.constantFrom(...cities), { nil: undefined }) }),
  { minLength: 1, maxLength: 4 },
)

function toObject({ role, city }: { readonly role: string; readonly city: string | undefined }, index: number): Json {
  return {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    type: ['VerifiableCredential', 'LidCredential'],
    id: `urn:uuid:${String(index)}`,
    issuer: 'did:web:register.example',
    issuanceDate: new Date(testStart).toISOString(),
    credentialSubject: { id: 'did:web:noord.example', organization: { role, ...(city === undefined ? {} : { city }) } },
    proof: {
      type: 'JsonWebSignature2020',
      created: new Date(testStart).toISOString(),
      proofPurpose: 'assertionMethod',
      verificationMethod: 'did:web:register.example#1',
      jws: 'e30..AA',
    },
  }
}

const filters = fc.oneof(
  fc.constantFrom(...roles, ...cities).map((value) => ({ type: 'string', const: value })),
  fc.subarray([...roles, ...cities], { minLength: 1 }).map((values) => ({ type: 'string', enum: values })),
  fc.constantFrom('^z', 'stad$', 'e', '^(gemeente|huisarts)$').map((pattern) => ({ type: 'string', pattern })),
  fc.constant({ type: 'string' }),
)
const fields = fc.array(
  fc.record({
    path: fc.constantFrom(
      ['$.credentialSubject.organization.role'],
      ['$.credentialSubject.organization.city'],
      ['$.absent', '$.credentialSubject.organization.role'],
      ["$['credentialSubject']['organization']['city']"],
      ['$.issuer'],
    ),
    filter: filters,
  }),
  { maxLength: 2 },
)
const descriptors = fc
  .array(fc.record({ fields, group: fc.constantFrom(['x'], ['y'], ['x', 'y']) }), { minLength: 1, maxLength: 3 })
  .map((list) => list.map(({ group, ...constraints }, index) => ({ id: `d${String(index)}`, group, constraints })))
const requirements = fc.constantFrom<readonly Json[]>(
  [{ rule: 'pick', count: 1, from: 'x' }],
  [{ rule: 'pick', min: 1, from: 'x' }],
  [
    { rule: 'pick', min: 1, from: 'x' },
    { rule: 'pick', min: 1, from: 'y' },
  ],
  [
    { rule: 'pick', count: 1, from: 'x' },
    { rule: 'pick', min: 1, max: 2, from: 'y' },
  ],
)

function decide(definition: Json, credentials: readonly Credential[]): Match | 'unfulfilled' | 'refused' {
  try {
    return matchDefinition(compileDefinition(definition), credentials)
  } catch (error) {
    return NodeError.codeOf(error) === 'presentation.unfulfilled' ? 'unfulfilled' : 'refused'
  }
}

/** The library writes into what it gets, and types JSON for itself. */
function copy(value: unknown): never {
  return JSON.parse(JSON.stringify(value)) as never
}

function theirs(definition: Json, raw: readonly Json[]) {
  const result = pex.evaluateCredentials(copy(definition), copy(raw))
  // Without a single fit there is no submission.
  const submission = result.value as { readonly descriptor_map: readonly DescriptorMapEntry[] } | undefined
  const pairs = (submission?.descriptor_map ?? []).map(({ id, path }) => `${id} ${/\[(\d+)\]$/.exec(path)?.[1] ?? ''}`)
  return { fulfilled: result.areRequiredCredentialsPresent !== Status.ERROR, pairs: pairs.sort() }
}

describe('an independent implementation', () => {
  test('finds the same credentials for each descriptor and comes to the same decision', () => {
    let [fulfilled, unfulfilled] = [0, 0]
    fc.assert(
      fc.property(objects, descriptors, (list, input_descriptors) => {
        const raw = list.map(toObject)
        const definition = { id: 'd', input_descriptors: input_descriptors.map(({ group: _, ...rest }) => rest) }
        const credentials = raw.map(parseObjectCredential)
        const compiled = compileDefinition(definition)
        const pairs = compiled.descriptors.flatMap(({ id, match }) =>
          credentials.flatMap((credential, index) => (match(credential).matched ? [`${id} ${String(index)}`] : [])),
        )
        const other = theirs(definition, raw)
        expect(other.pairs).toEqual(pairs.sort())

        const mine = decide(definition, credentials)
        expect(other.fulfilled).toBe(typeof mine === 'object')
        if (typeof mine !== 'object') {
          unfulfilled += 1
          return
        }
        fulfilled += 1
        for (const { descriptor, credential } of mine.byDescriptor) {
          const first = other.pairs.find((pair) => pair.startsWith(`${descriptor} `))
          expect(`${descriptor} ${String(credentials.indexOf(credential))}`).toBe(first)
        }
      }),
      { numRuns: 150 },
    )
    expect([fulfilled > 20, unfulfilled > 20]).toEqual([true, true])
  })

  test('comes to the same decision where the holder may choose', () => {
    let [fulfilled, unfulfilled] = [0, 0]
    fc.assert(
      fc.property(objects, descriptors, requirements, (list, input_descriptors, submission_requirements) => {
        const raw = list.map(toObject)
        const definition = { id: 'd', input_descriptors, submission_requirements }
        const mine = decide(definition, raw.map(parseObjectCredential))
        if (mine === 'refused') return
        expect(theirs(definition, raw).fulfilled).toBe(mine !== 'unfulfilled')
        if (mine === 'unfulfilled') unfulfilled += 1
        else fulfilled += 1
      }),
      { numRuns: 200 },
    )
    expect([fulfilled > 10, unfulfilled > 10]).toEqual([true, true])
  })
})
