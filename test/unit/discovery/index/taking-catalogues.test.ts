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
const page = (body: string, type = 'application/ld+json') => ({ headers: { 'content-type': type }, body })

async function publish(member: IndexedMember, document: object = documentFor(member)): Promise<string> {
  const digest = await member.serve(document)
  await member.register(digest)
  return digest
}

/** Another version of the document: one statement is different, and more datasets when they are given. */
function changed(member: IndexedMember, title: string, keys?: readonly string[]): object {
  return { ...documentFor(member, keys), title: { nl: title } }
}

/** The document with other words in it. */
function edited(member: IndexedMember, from: string, to: string): object {
  return JSON.parse(JSON.stringify(documentFor(member)).replaceAll(from, to)) as object
}

async function later(hours: number): Promise<void> {
  world.clock.move(hours * hour)
  await world.listRead()
  await world.settle()
}

describe('a catalogue that is what its publisher registered', () => {
  beforeEach(async () => {
    await publish(noord)
    await world.settle()
  })

  test('is found', async () => {
    expect(await world.found()).toEqual([datasetOf(noord)])
    expect(reasonOf(noord)).toBeUndefined()
  })

  test('is asked for again within a day and no sooner', async () => {
    const before = world.asked.length
    await later(11)
    expect(world.asked.length).toBe(before)
    await later(9)
    expect(world.asked.length).toBe(before + 1)
  })

  test('is not read again when the same comes back', async () => {
    const before = world.reads.count
    await later(20)
    expect(world.reads.count).toBe(before)
    expect(world.index.live.checkOf(noord.did)).toMatchObject({ checkedAt: world.clock.now(), failures: 0 })
  })

  test('is not asked for when it is registered again', async () => {
    const before = world.asked.length
    world.clock.move(6 * hour)
    await publish(noord)
    await world.settle()
    expect(world.asked.length).toBe(before)
    expect(await world.found()).toEqual([datasetOf(noord)])
  })

  test('is told to be the same by 304', async () => {
    const body = JSON.stringify(documentFor(noord))
    world.web.set(noord.url, ({ headers = {} }) =>
      headers['if-none-match'] === '"een"'
        ? { status: 304 }
        : { headers: { 'content-type': 'application/ld+json', etag: '"een"' }, body },
    )
    await later(20)
    await later(20)
    expect(world.index.live.checkOf(noord.did)).toMatchObject({ checkedAt: world.clock.now(), etag: '"een"' })
    expect(await world.found()).toEqual([datasetOf(noord)])
  })

  test('leaves with its registration at once', async () => {
    await noord.withdraw()
    await world.index.takeListings()
    expect(await world.found()).toEqual([])
  })

  test('leaves when its registration ends, although nothing was looked at', async () => {
    world.clock.move(10 * 24 * hour + 1)
    expect(await world.found()).toEqual([])
  })

  test('leaves when its publisher registers without a catalogue', async () => {
    await noord.register()
    await world.settle()
    expect(await world.found()).toEqual([])
    expect((await world.index.search.find('party', { filters: {}, limit: 10 })).total).toBe(1)
  })

  test('is replaced by the next one', async () => {
    await publish(noord, changed(noord, 'Tweede', ['wmo', 'jeugd']))
    await world.settle()
    expect(await world.found()).toEqual([datasetOf(noord, 'jeugd'), datasetOf(noord)])
  })
})

describe('a catalogue that is not what its publisher registered', () => {
  test('does not count when one statement is different', async () => {
    const digest = await noord.serve(documentFor(noord))
    await noord.serve(changed(noord, 'Iets anders'))
    await noord.register(digest)
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.integrity')
    expect(await world.found()).toEqual([])
  })

  test('leaves the last good one in its place, flagged and with the reason, until its evidence ends', async () => {
    await publish(noord)
    await world.settle()
    await noord.serve(changed(noord, 'Iets anders', ['wmo', 'jeugd']))
    await later(20)
    expect(reasonOf(noord)).toBe('catalogue.integrity')
    expect(await world.found()).toEqual([datasetOf(noord)])
    world.clock.move(10 * 24 * hour)
    expect(await world.found()).toEqual([])
  })

  test('is asked for again past caches first', async () => {
    const fresh = JSON.stringify(changed(noord, 'Nieuw'))
    await noord.register(await noord.serve(changed(noord, 'Nieuw')))
    const old = JSON.stringify(documentFor(noord))
    world.web.set(noord.url, ({ headers = {} }) => page(headers['cache-control'] === 'no-cache' ? fresh : old))
    await world.settle()
    expect(reasonOf(noord)).toBeUndefined()
    expect(await world.found()).toEqual([datasetOf(noord)])
  })

  test('does not come back as an older version', async () => {
    await publish(noord)
    await world.settle()
    world.clock.move(60)
    await publish(noord, changed(noord, 'Tweede', ['wmo', 'jeugd']))
    await world.settle()
    const first = await noord.serve(documentFor(noord))
    await noord.register(first, { signedBefore: 30 })
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.rollback')
    expect(await world.found()).toEqual([datasetOf(noord, 'jeugd'), datasetOf(noord)])
  })

  test('does not come back as an older version when the party was away for a while', async () => {
    await publish(noord, changed(noord, 'Tweede', ['wmo', 'jeugd']))
    await world.settle()
    await noord.withdraw()
    await world.settle()
    const first = await noord.serve(documentFor(noord))
    await noord.register(first, { signedBefore: 120 })
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.rollback')
    expect(await world.found()).toEqual([])
  })
})

describe('a catalogue does not count', () => {
  test.each<[string, () => unknown, string]>([
    ['is not there', () => world.web.delete(noord.url), 'catalogue.not_served'],
    [
      'leads elsewhere',
      () => world.web.set(noord.url, () => ({ status: 302, headers: { location: 'https://elders.example/' } })),
      'catalogue.redirected',
    ],
    ['cannot be parsed', () => world.web.set(noord.url, () => page('<html>')), 'catalogue.malformed'],
    ['is a web page', () => world.web.set(noord.url, () => page('<html>', 'text/html')), 'catalogue.not_served'],
    ['is too large', () => world.web.set(noord.url, () => page(' '.repeat(300_000))), 'outbound.too_large'],
  ])('that %s', async (_, spoil, reason) => {
    const digest = await noord.serve(documentFor(noord))
    spoil()
    await noord.register(digest)
    await world.settle()
    expect(reasonOf(noord)).toBe(reason)
    expect(await world.found()).toEqual([])
    expect(world.logged).toContain(`a catalogue does not count: ${reason}`)
  })

  test('that names another publisher', async () => {
    await publish(noord, edited(noord, noord.did, 'did:web:iemand.voorbeeld.example'))
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.publisher')
  })

  test('that does not hold to the rules of the network, which are told', async () => {
    await publish(noord, edited(noord, '"legalBasis"', '"personalData"'))
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.invalid')
    expect(world.index.live.checkOf(noord.did)?.notes?.length).toBeGreaterThan(0)
  })

  test('that holds a number that could be a BSN', async () => {
    await publish(noord, edited(noord, 'Toegekende', '999990019'))
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.invalid')
    expect(JSON.stringify(world.index.live.checkOf(noord.did))).not.toContain('999990019')
  })

  test('that is at a host with which its publisher has nothing to do, and that is not asked', async () => {
    const elders = world.member('elders')
    await noord.register(await elders.serve(documentFor(elders)), { parameters: { catalogURL: elders.url } })
    await world.settle()
    expect(reasonOf(noord)).toBe('catalogue.foreign_host')
    expect(world.asked).toEqual([])
  })

  test('while the discovery list was not read for a day', async () => {
    world.clock.move(25 * hour)
    await publish(noord)
    await world.settle()
    expect(world.asked).toEqual([])
    await world.listRead()
    await world.settle()
    expect(await world.found()).toEqual([datasetOf(noord)])
  })
})

describe('a catalogue that failed', () => {
  test('is tried again less and less often, and counts once it is good', async () => {
    const digest = await noord.serve(documentFor(noord))
    world.web.delete(noord.url)
    await noord.register(digest)
    await world.settle()
    for (const minutes of [1, 2, 4]) {
      const before = world.asked.length
      world.clock.move(minutes * 60 - 1)
      await world.settle()
      expect(world.asked.length).toBe(before)
      world.clock.move(1)
      await world.settle()
      expect(world.asked.length).toBeGreaterThan(before)
    }
    await noord.serve(documentFor(noord))
    world.clock.move(8 * 60)
    await world.settle()
    expect(await world.found()).toEqual([datasetOf(noord)])
    expect(reasonOf(noord)).toBeUndefined()
  })

  test('holds up no other, however long it does not answer', async () => {
    const traag = world.member('traag')
    await publish(traag)
    await publish(noord)
    let answer: () => void = () => undefined
    world.web.set(traag.url, () => new Promise((resolve) => (answer = () => resolve({ status: 504 }))))
    await world.index.takeListings()
    const looking = world.index.lookAtDue()
    while (!(await world.found()).includes(datasetOf(noord))) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      await world.index.follow()
    }
    answer()
    await looking
    expect(reasonOf(traag)).toBe('catalogue.not_served')
  })
})
