import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { createNarrator } from '../../scripts/demo/narrator.js'
import { writeNetworkFile } from '../../scripts/demo/network-file.js'
import { playStory } from '../../scripts/demo/story.js'
import { drawNetwork } from '../../scripts/picture/draw-network.js'
import { readNetworkFacts } from '../../scripts/picture/network-facts.js'
import { auditEventSchema } from '../../schemas/audit-event.js'
import { journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'
import { callOverTls } from '../support/tls-call.js'

let region: Region
const examples = loadExamples()

beforeAll(async () => {
  region = await startRegion({ clock: systemClock, whole: true })
}, 60_000)

afterAll(() => region.end())

async function play(): Promise<{ readonly missed: readonly string[]; readonly told: string }> {
  let told = ''
  const tell = createNarrator({ write: (text) => (told += text) })
  await playStory({ world: region.world, tell, examples, clock: systemClock })
  return { missed: tell.missed, told }
}

describe('the story of the demo', () => {
  test('goes as it should, the first time and again', async () => {
    expect((await play()).missed).toEqual([])
    expect((await play()).missed).toEqual([])
  })

  test('shows no token, no credential and no BSN', async () => {
    const { told } = await play()
    expect(told).not.toMatch(/eyJ|9999\d{5}/)
    expect(told).toContain('UCIR-0001.v1')
  })
})

describe('the picture in the README', () => {
  test('is what this network gives; when it is not: npm run picture', async () => {
    await play()
    const facts = await readNetworkFacts(region.world)
    expect(facts.reads.length).toBeGreaterThan(0)
    expect(await readFile('docs/network.svg', 'utf8')).toBe(drawNetwork(facts))
  })
})

describe('the journals after the story', () => {
  test('hold nothing but events of the published shape, and no BSN', async () => {
    await play()
    for (const member of region.world.members) {
      const entries = await journalOf(member)
      expect(entries.length).toBeGreaterThan(0)
      for (const { event } of entries) expect(auditEventSchema.parse(event)).toEqual(event)
      expect(JSON.stringify(entries)).not.toMatch(/9999\d{5}/)
    }
  })
})

describe('every node of the region', () => {
  test('is a member and listed, and so known to every other', async () => {
    const { members, syncDiscovery } = region.world
    await syncDiscovery()
    const names = members.map(({ organization }) => organization.name).sort()
    expect(names).toHaveLength(10)
    for (const member of members) {
      const found = await region.application(member.name).discover.listings('bronnet-demo')
      expect(found.parties.map(({ fields }) => fields['organization_name']).sort()).toEqual(names)
    }
  })

  test('serves over TLS too, with a certificate of the authority of the region', async () => {
    const { members, certificateAuthority } = region.world
    const ca = await readFile(certificateAuthority, 'utf8')
    for (const { httpsUrl, name } of members) {
      const url = `${httpsUrl}/.well-known/oauth-authorization-server/oauth2/${name}`
      expect((await callOverTls({ url, ca })).json).toMatchObject({ issuer: `${httpsUrl}/oauth2/${name}` })
    }
  })
})

describe('the file for programs outside', () => {
  test('holds every participant with the addresses and names that a program needs', async () => {
    const file = join(region.world.member('ciz').dataDirectory, 'network.json')
    await writeNetworkFile(file, { world: region.world, examples, clock: systemClock })
    const network = JSON.parse(await readFile(file, 'utf8')) as { participants: Record<string, unknown>[] }
    expect(network).toMatchObject({
      discoveryService: 'bronnet-demo',
      examples: {
        wlzindicatieID: examples.wlzindicatieID,
        bemiddelingspecificatieID: expect.any(String),
        regiehouderID: expect.any(String),
        overdrachtID: expect.any(String),
      },
    })
    const ciz = network.participants.find(({ name }) => name === 'ciz')
    const { did, publicUrl, httpsUrl, internalUrl, authorizationServer, sources } = region.world.member('ciz')
    expect(ciz).toMatchObject({
      subject: 'ciz',
      did,
      role: 'ciz',
      identifiers: { kvk: '62253778' },
      publicUrl,
      https: { url: httpsUrl, certificateAuthority: expect.stringMatching(/ca\.pem$/) },
      internalUrl,
      authorizationServer,
    })
    expect(network.participants.map((participant) => Object.keys(participant['sources'] as object))).toEqual([
      [],
      ['indicatieregister'],
      ['bemiddelingsregister'],
      ['bemiddelingsregister'],
      ['leveringsregister'],
      ['leveringsregister'],
      ['toewijzingsregister'],
      ['toewijzingsregister'],
      ['patientsamenvatting'],
      ['eigenbijdrageregister'],
    ])
    expect(ciz?.['sources']).toMatchObject({
      indicatieregister: { url: sources['indicatieregister'], scope: expect.stringContaining(':read') },
    })
  })
})
