import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../node/cli/arguments.js'
import { credentialCommands } from '../../node/cli/credential.js'
import { createFixedClock } from '../../node/kernel/clock.js'
import { packageFile } from '../../node/kernel/package-root.js'
import { askSource, type SourceAnswer } from '../support/ask-source.js'
import { journalOf } from '../support/journal.js'
import { startRegion, type Region } from '../support/region.js'

const scope = 'registers/wlzindicatieregister/indicaties/indicatie:read'
const autorisatieScope = 'registers/wlzindicatieregister/indicaties/autorisatie:read'
const query =
  'query ($id: UUID!) { wlzIndicatie(where: { wlzindicatieID: { eq: $id } }) { wlzindicatieID ingangsdatum } }'
const id = '7d0f2c53-3c1e-4f0a-8a0e-2f1d4b6c8e11'
const clock = createFixedClock(Date.parse('2026-11-24T09:00:00Z'))
const seed = JSON.parse(readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')) as {
  readonly wlzIndicatie: readonly object[]
}

let region: Region
beforeAll(async () => {
  region = await startRegion({
    clock,
    configure: (name, settings) =>
      name === 'ciz'
        ? {
            ...settings,
            parties: (settings.parties ?? []).map((party) => ({
              ...party,
              sources: (party.sources ?? []).map((source) => ({ ...source, authorizations: true })),
            })),
          }
        : settings,
  })
}, 60_000)

afterAll(() => region.end())

/** CIZ registers the indicatie, with this zorgkantoor as the responsible one, or removes it. */
async function register(uzovi: string | undefined): Promise<void> {
  const record = { ...seed.wlzIndicatie[0], wlzindicatieID: id, initieelVerantwoordelijkZorgkantoor: uzovi }
  const changes = [uzovi === undefined ? { type: 'WlzIndicatie', remove: id } : { type: 'WlzIndicatie', record }]
  await region.world
    .member('ciz')
    .administrator.call('POST', '/internal/bronnet/v1/registers/ciz/indicatieregister/changes', { by: 'test', changes })
}

/** Waits until the journal of CIZ has so many of this event: the job runs by itself. */
async function untilSeen(code: string, count: number): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) {
    const events = (await journalOf(region.world.member('ciz'))).filter(
      ({ event }) => event.code === code && (code !== 'credential.issued' || event.rule !== undefined),
    )
    if (events.length >= count) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${code} was not there ${String(count)} times`)
}

async function ciz(name: string) {
  const { parties } = await region
    .application(name)
    .discover.listings('bronnet-demo', { 'credentialSubject.indicatieregister': '*' })
  const [party] = parties
  return { server: party?.parameters['authServerURL'] ?? '', url: party?.parameters['indicatieregister'] ?? '' }
}

/** `bronnet credential collect`, at the node of `name`. */
async function collect(name: string): Promise<string> {
  const commands = credentialCommands({ findConfiguration: () => Promise.reject(new Error('the node is named')) })
  const { server, url } = await ciz(name)
  const node = region.world.member(name).internalUrl
  const request = parseArguments(commands, [
    ...['credential', 'collect', '--subject', name, '--server', server, '--scope', scope],
    ...['--url', url, '--node', node, '--json'],
  ])
  if (request.kind !== 'run') throw new Error(JSON.stringify(request))
  const said: string[] = []
  await request.command.run(request.given, { say: (text) => void said.push(text), note: () => undefined })
  return said.join('\n')
}

async function read(name: string): Promise<SourceAnswer> {
  const { server: authorizationServer, url } = await ciz(name)
  const application = region.application(name)
  const token = await application.token({ authorizationServer, scope: autorisatieScope, fresh: true })
  return askSource(application, url, token, query, { id })
}

describe('an indicatie that is registered', () => {
  test('gives the responsible zorgkantoor an authorization, which it fetches and reads with', async () => {
    await register('5999')
    await untilSeen('credential.issued', 1)
    expect(await collect('zorgkantoor-noord')).toBe('{"added":1,"known":0,"refused":{}}')
    expect(await collect('zorgkantoor-noord')).toBe('{"added":0,"known":1,"refused":{}}')
    const answer = await read('zorgkantoor-noord')
    expect([answer.status, answer.data]).toEqual([
      200,
      { wlzIndicatie: [expect.objectContaining({ wlzindicatieID: id })] },
    ])
    expect(answer.extensions['rule']).toBe('AUTORISATIE-INDICATIE.v1')
  })

  test('gives nobody else anything to fetch', async () => {
    expect(await collect('zorgkantoor-zuid')).toBe('{"added":0,"known":0,"refused":{}}')
  })

  test('is fetched with a token and not without', async () => {
    const { url } = await ciz('zorgkantoor-noord')
    const answer = await fetch(url.replace(/graphql$/, 'authorizations'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(answer.status).toBe(401)
  })

  test('is another one’s to read when the responsibility moves, and nobody’s when it is removed', async () => {
    await register('5998')
    await untilSeen('credential.revoked', 1)
    await untilSeen('credential.issued', 2)
    await expect(read('zorgkantoor-noord')).rejects.toThrow()
    expect(await collect('zorgkantoor-zuid')).toBe('{"added":1,"known":0,"refused":{}}')
    expect((await read('zorgkantoor-zuid')).status).toBe(200)
    await register(undefined)
    await untilSeen('credential.revoked', 2)
    await expect(read('zorgkantoor-zuid')).rejects.toThrow()
  })

  test('leaves the account of every step, without the number of a person', async () => {
    const entries = await journalOf(region.world.member('ciz'))
    const codes = entries.map(({ event }) => event.code)
    expect(codes).toContain('credential.collected')
    expect(
      entries.find(({ event }) => event.code === 'credential.issued' && event.rule !== undefined)?.event.rule,
    ).toBe('UITGIFTE-ZORGKANTOOR.v1')
    expect(JSON.stringify(entries)).not.toContain('999990019')
  })
})
