import { expect, test } from '@jest/globals'
import { createIndexWorld, documentFor } from '../../../support/index-world.js'

test('a node knows the catalogues of its own parties without a call out, and others by asking', async () => {
  const documents = new Map<string, string>()
  const world = createIndexWorld({
    own: { documentAt: (url) => documents.get(url), proofAt: () => Promise.resolve(undefined) },
  })
  const [own, other] = [world.member('noord'), world.member('zuid')]
  documents.set(own.url, JSON.stringify(documentFor(own)))
  await world.listRead()
  for (const member of [own, other]) await member.register(await member.serve(documentFor(member)))
  await world.settle()

  expect(await world.found()).toEqual([own, other].map(({ url }) => `${url}/datasets/wmo`))
  expect(world.asked.filter((call) => call.includes(own.host))).toEqual([])
  expect(world.asked.filter((call) => call.includes(other.host))).toHaveLength(1)
})

test('a catalogue of its own that is not the one in its registration does not count', async () => {
  const world = createIndexWorld({
    own: {
      documentAt: (url) => (url === noord.url ? JSON.stringify(documentFor(noord, ['jw'])) : undefined),
      proofAt: () => Promise.resolve(undefined),
    },
  })
  const noord = world.member('noord')
  await world.listRead()
  await noord.register(await noord.serve(documentFor(noord)))
  await world.settle()

  expect(await world.found()).toEqual([])
  expect(world.index.live.checkOf(noord.did)?.reason).toBe('catalogue.integrity')
})
