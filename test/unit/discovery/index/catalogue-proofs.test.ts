import { beforeEach, describe, expect, test } from '@jest/globals'
import { createIndexWorld, documentFor, type IndexedMember, type IndexWorld } from '../../../support/index-world.js'

const hour = 3600
let world: IndexWorld
let noord: IndexedMember

beforeEach(async () => {
  world = createIndexWorld()
  noord = world.member('noord')
  await world.listRead()
})

const datasetOf = ({ url }: IndexedMember, key = 'wmo'): string => `${url}/datasets/${key}`
const reasonOf = ({ did }: IndexedMember): string | undefined => world.index.live.checkOf(did)?.reason

/** Another version of the document: one statement is different, and there are more datasets. */
function changed(member: IndexedMember, title: string, keys: readonly string[]): object {
  return { ...documentFor(member, keys), title: { nl: title } }
}

describe('a proof beside the catalogue', () => {
  let second = ''
  beforeEach(async () => {
    await noord.register(await noord.serve(documentFor(noord)))
    await world.settle()
    second = await noord.serve(changed(noord, 'Tweede', ['wmo', 'jeugd']))
  })
  const both = () => [datasetOf(noord, 'jeugd'), datasetOf(noord)]

  async function lookWithProof(claims: { readonly seq: number; readonly digest: string } & Record<string, unknown>) {
    world.clock.move(20 * hour)
    noord.prove(claims)
    await world.listRead()
    await world.settle()
  }

  test('makes a newer document count before its publisher registers again', async () => {
    await lookWithProof({ seq: 43, digest: second })
    expect(reasonOf(noord)).toBeUndefined()
    expect(await world.found()).toEqual(both())
  })

  test('ends, and the document with it', async () => {
    await lookWithProof({ seq: 43, digest: second })
    world.clock.move(25 * hour)
    expect(await world.found()).toEqual([])
  })

  test('of the first document does not bring that back', async () => {
    await lookWithProof({ seq: 43, digest: second })
    const first = await noord.serve(documentFor(noord))
    await lookWithProof({ seq: 42, digest: first })
    expect(reasonOf(noord)).toBe('catalogue.rollback')
    expect(await world.found()).toEqual(both())
  })

  test('does not let the registration of before bring the first document back', async () => {
    await lookWithProof({ seq: 43, digest: second })
    await noord.serve(documentFor(noord))
    world.clock.move(20 * hour)
    await world.listRead()
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.rollback')
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['is signed by somebody else', { iss: 'did:web:iemand.voorbeeld.example' }, 'catalogue.proof_invalid'],
    ['is of another catalogue', { sub: 'https://elders.voorbeeld.example/catalogus' }, 'catalogue.proof_invalid'],
    ['has ended', { iat: 1_790_000_000, exp: 1_790_000_100 }, 'catalogue.proof_invalid'],
    ['does not count yet', { nbf: 1_999_999_999 }, 'catalogue.proof_invalid'],
    ['counts for too long', { exp: Math.floor(Date.parse('2026-12-24T09:00:00Z') / 1000) }, 'catalogue.proof_invalid'],
    ['is of another document', { digest: `rdfc-1.0+sha-256:${'A'.repeat(43)}` }, 'catalogue.integrity'],
  ])('does not count when it %s', async (_, claims, reason) => {
    await lookWithProof({ seq: 43, digest: second, ...claims })
    expect(reasonOf(noord)).toBe(reason)
    expect(await world.found()).toEqual([datasetOf(noord)])
  })

  test('does not count when another key signed it', async () => {
    const elders = world.member('elders')
    elders.prove({ seq: 43, digest: second, iss: noord.did, sub: noord.url })
    const stolen = world.web.get(`${elders.url}/proof`)
    if (stolen === undefined) throw new Error('there is no proof')
    world.web.set(`${noord.url}/proof`, stolen)
    world.clock.move(20 * hour)
    await world.listRead()
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.proof_invalid')
  })
})
