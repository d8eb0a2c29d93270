import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { z } from 'zod'
import { credentialClaimsSchema, credentialObjectSchema } from '../../../schemas/credentials/credential.js'
import { ledenadministratieSubjectSchema } from '../../../schemas/credentials/ledenadministratie.js'
import {
  josePresentationSchema,
  presentationClaimsSchema,
  presentationObjectSchema,
} from '../../../schemas/credentials/presentation.js'
import { didDocumentSchema } from '../../../schemas/did-document.js'

const did = 'did:web:node.example:iam:lid'
const subject = {
  id: did,
  organization: { name: 'Zorgkantoor Noord', city: 'Noordstad', id: '5999', id_type: 'uzovi', role: 'zorgkantoor' },
}
const contexts = ['https://www.w3.org/2018/credentials/v1']
const credential = {
  '@context': contexts,
  type: ['VerifiableCredential', 'LedenadministratieCredential'],
  id: 'urn:uuid:1',
  issuer: { id: did, name: 'naam' },
  issuanceDate: '2026-11-24T09:00:00Z',
  credentialSubject: [subject],
  credentialStatus: { id: 'https://node.example/status#1', type: 'StatusList2021Entry' },
  proof: { type: 'DataIntegrityProof' },
}
const claims = { iss: did, sub: did, jti: 'urn:uuid:1', nbf: 1, exp: 2.5, aud: ['https://node.example'], nonce: 'n' }
const content = {
  '@context': contexts,
  type: ['VerifiablePresentation'],
  holder: did,
  verifiableCredential: ['eyJ', credential],
}
const document = {
  '@context': ['https://www.w3.org/ns/did/v1'],
  id: did,
  verificationMethod: [
    {
      id: `${did}#0`,
      type: 'JsonWebKey2020',
      controller: did,
      publicKeyJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    },
  ],
  assertionMethod: [`${did}#0`],
  authentication: ['#0'],
  service: [{ id: `${did}#s`, type: 'FHIR', serviceEndpoint: 'https://node.example/fhir' }],
}

const schemas: Readonly<Record<string, { readonly schema: z.ZodType; readonly good: unknown }>> = {
  'claims of a credential': { schema: credentialClaimsSchema, good: { ...claims, vc: { ...credential, issuer: did } } },
  'a credential object': { schema: credentialObjectSchema, good: credential },
  'claims of a presentation': { schema: presentationClaimsSchema, good: { ...claims, vp: content } },
  'a vp+jwt': { schema: josePresentationSchema, good: { ...claims, ...content } },
  'a presentation object': {
    schema: presentationObjectSchema,
    good: { ...content, proof: [{ type: 'DataIntegrityProof', verificationMethod: `${did}#0`, domain: 'x' }] },
  },
  'the subject of a membership': { schema: ledenadministratieSubjectSchema, good: subject },
  'a DID document': { schema: didDocumentSchema, good: document },
}

/** What is put in the place of something, or beside it. */
const anything = fc.oneof(
  fc.constantFrom<unknown>('', 'x', did, 0, -1, 1.5, null, true, [], {}, [[]], ['x'], [''], 'x'.repeat(2049)),
  fc.jsonValue({ maxDepth: 2 }),
)
const change = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'add', 'wrap'), what: anything })
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** The value with one place in it changed. */
function changed(value: unknown, { at, how, what }: Change): unknown {
  const copy = { all: structuredClone(value) }
  const places: { readonly parent: Record<string, unknown>; readonly name: string }[] = []
  const walk = (parent: object): void => {
    for (const [name, child] of Object.entries(parent)) {
      places.push({ parent: parent as Record<string, unknown>, name })
      if (typeof child === 'object' && child !== null) walk(child)
    }
  }
  walk(copy)
  const place = places[at % places.length]
  if (place === undefined) throw new Error('there is one place at least')
  const { parent, name } = place
  if (how === 'remove' && Array.isArray(parent)) parent.splice(Number(name), 1)
  else if (how === 'remove' && parent !== copy) Reflect.deleteProperty(parent, name)
  else if (how === 'wrap') parent[name] = [parent[name]]
  else if (how === 'add' && !Array.isArray(parent) && parent !== copy) parent[`${name}2`] = what
  else parent[name] = what
  return copy.all
}

describe.each(Object.entries(schemas))('%s', (_name, { schema, good }) => {
  const compiled = z.compile(schema)

  test('is compiled, and good as it is', () => {
    expect(() => z.compile(schema, { strict: true })).not.toThrow()
    expect(schema.safeParse(good).success).toBe(true)
    expect(compiled.safeParse(good).success).toBe(true)
  })

  test('is taken and refused alike with its schema and with what was compiled of it, and read as the same', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const value = changes.reduce(changed, good)
        const [expected, found] = [schema.safeParse(value), compiled.safeParse(value)]
        expect(found.success).toBe(expected.success)
        expect(found.data).toEqual(expected.data)
        expect(Object.keys(Object(found.data) as object)).toEqual(Object.keys(Object(expected.data) as object))
        expect(found.error?.issues).toEqual(expected.error?.issues)
      }),
      { numRuns: 500 },
    )
  })
})
