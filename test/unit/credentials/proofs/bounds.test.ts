import { describe, expect, test } from '@jest/globals'
import type { JsonObject } from '../../../../node/credentials/credential.js'
import { createLinkedData } from '../../../../node/credentials/proofs/linked-data.js'
import { linkedData, plainCredential } from '../../../support/proofs.js'
import { rejectionOf } from '../../../support/refusals.js'

const v2 = 'https://www.w3.org/ns/credentials/v2'
const terms = { p: 'urn:p', q: 'urn:q' }
const about = (credentialSubject: unknown, contexts: readonly unknown[] = [terms]): JsonObject =>
  plainCredential('did:web:node.example', { '@context': [v2, ...contexts], credentialSubject })
const times = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index))
/** Credentials without an id, which say the same. */
const lookAlikes = (count: number, depth: number): JsonObject => ({
  '@context': [v2],
  type: ['VerifiablePresentation'],
  verifiableCredential: times(count, () => about(nested(depth), [terms])).map(({ id: _, ...credential }) => credential),
})
const nested = (depth: number): unknown => (depth === 0 ? 'x' : { p: nested(depth - 1) })

describe('a document that would cost too much', () => {
  test.each<[string, JsonObject]>([
    ['two stars of points that look alike', about({ p: times(2, () => ({ q: times(12, () => ({})) })) })],
    ['many stars of points that look alike', about({ p: times(12, () => ({ q: times(12, () => ({ p: 'x' })) })) })],
    ['credentials that can stand in too many orders', lookAlikes(8, 12)],
    ['sixteen such credentials', lookAlikes(16, 12)],
    ['a blank node identifier', about({ p: { id: '_:b0' } })],
    [
      'a graph that only blank node identifiers can describe',
      about({ p: times(9, (a) => ({ id: `_:${String(a)}`, q: times(9, (b) => ({ id: `_:${String(b)}` })) })) }),
    ],
    ['too many objects', about({ p: times(257, (index) => ({ q: String(index) })) })],
    ['a list that is too long', about({ p: times(257, String) })],
    ['too many values', about({ p: times(10, () => ({ q: times(250, String) })) })],
    ['too much text', about({ p: 'x'.repeat(300_000) })],
    ['too many levels', about(nested(40))],
    ['too many contexts', about({ p: times(65, () => ({ '@context': v2 })) })],
    [
      'too many terms of its own',
      about({}, [Object.fromEntries(times(401, (index) => [`t${String(index)}`, 'urn:t']))]),
    ],
  ])('with %s is refused', async (_, document) => {
    expect((await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse' }))).code).toBe(
      'proof.too_large',
    )
  })

  test('is not a presentation with sixteen credentials of one shape that are about different things', async () => {
    const verifiableCredential = times(16, (index) => about({ id: `urn:subject:${String(index)}`, p: { q: 'x' } }))
    const document = {
      ...lookAlikes(0, 0),
      verifiableCredential: verifiableCredential.map(({ id: _, ...rest }) => rest),
    }
    expect(await linkedData.canonicalize(document, { undefinedTerms: 'refuse' })).toContain('urn:subject:15')
  })

  test('is not an ordinary one with as many objects as anybody needs', async () => {
    const document = about({ p: times(200, (index) => ({ q: String(index) })) })
    expect((await linkedData.canonicalize(document, { undefinedTerms: 'refuse' })).split('\n')).toHaveLength(405)
  })
})

describe('a context', () => {
  test.each<[string, JsonObject]>([
    ['that the node does not have', about({}, ['https://node.example/context'])],
    ['that the node does not have, deep inside', about({ p: { '@context': 'https://node.example/context' } })],
    ['that another one takes in', about({}, [{ '@import': 'https://node.example/context' }])],
    ['that another one names for a term', about({}, [{ x: { '@id': 'urn:x', '@context': 'https://node.example/c' } }])],
    ['of examples', about({}, ['https://www.w3.org/ns/credentials/examples/v2'])],
    ['that redefines a protected term', about({}, [{ VerifiableCredential: 'urn:credential' }])],
    ['that is neither URL nor object', about({}, [1])],
    ['whose terms go round in a circle', about({}, [{ a: 'b:x', b: 'a:x' }])],
  ])('%s is refused', async (_, document) => {
    expect((await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse' }))).code).toBe(
      'credential.context',
    )
  })

  test('of examples is there in the conformance profile, and stays there', async () => {
    const document = about({ anything: 'x' }, ['https://www.w3.org/ns/credentials/examples/v2'])
    const profile = createLinkedData({ examples: true })
    expect(await profile.canonicalize(document, { undefinedTerms: 'refuse' })).toContain('examples#anything')
    expect((await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse' }))).code).toBe(
      'credential.context',
    )
  })

  test.each<[string, JsonObject, string]>([
    ['a term', about({ unheardOf: 1 }), 'no context defines: unheardOf'],
    [
      'a type',
      plainCredential('did:web:a', { type: ['VerifiableCredential', 'Unheard'] }),
      'no context defines: Unheard',
    ],
  ])('that does not define %s is refused by name, for who asks for names', async (_, document, note) => {
    const naming = await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse-and-name' }))
    expect(naming.notes).toEqual([note])
    const silent = await rejectionOf(linkedData.canonicalize(document, { undefinedTerms: 'refuse' }))
    expect([silent.code, silent.notes.join().includes('nheard')]).toEqual(['credential.context', false])
  })
})

describe('a name that all objects of the process know', () => {
  const shared = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  const named = (name: string): readonly JsonObject[] => [
    plainCredential('did:web:node.example', { id: name }),
    plainCredential(name),
    plainCredential('did:web:node.example', { credentialSubject: { id: name, name: 'x' } }),
    plainCredential('did:web:node.example', { type: ['VerifiableCredential', name] }),
    about({ '@graph': [{ '@id': name, p: 'x' }] }),
    about({ to__: { q: 'x' } }, [terms, { '@vocab': '__pro' }]),
    about({ id: '../__proto__', p: { id: './constructor' } }, [terms, { '@base': 'x' }]),
  ]

  test.each(shared)('changes nothing for documents after it: %s', async (name) => {
    const reach = [Object.prototype, Object, Function.prototype, Object.prototype.toString]
    const before = reach.map((place) => Reflect.ownKeys(place).length)
    const ordinary = plainCredential('did:web:node.example')
    const expected = await linkedData.canonicalize(ordinary, { undefinedTerms: 'refuse' })
    for (const document of named(name)) {
      for (const undefinedTerms of ['refuse', 'drop'] as const) {
        // Refused or not: only what it leaves behind matters here.
        await linkedData.canonicalize(document, { undefinedTerms }).catch(() => undefined)
        expect(reach.map((place) => Reflect.ownKeys(place).length)).toEqual(before)
      }
    }
    expect(await linkedData.canonicalize(ordinary, { undefinedTerms: 'refuse' })).toBe(expected)
  })
})
