import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Patient } from '../../../node/cli/doctor/finding.js'
import { lookAtRuntime } from '../../../node/cli/doctor/look-at-process.js'
import { systemClock } from '../../../node/kernel/clock.js'
import { silentLog } from '../../../node/kernel/log.js'
import { openFileKeyStore } from '../../../node/identity/file-key-store.js'
import { Secret } from '../../../node/kernel/secret.js'
import { openStoreAt } from '../../../node/resources.js'
import { examine, writeDefinition } from '../../support/examine.js'
import { createOutboundWorld } from '../../support/outbound-world.js'
import { startPostgres } from '../../support/postgres.js'
import { startComposedNode, type ComposedNode } from '../http/composed.js'

const servers = createOutboundWorld()
let directory: string
let running: ComposedNode
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-doctor-'))
  running = await startComposedNode()
})
afterEach(() => servers.close())
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

const url = 'http://localhost:1'
const memory = { storage: { url: 'memory:' } }

describe('the settings', () => {
  test('that cannot be used are the one thing that is told, with every fault', async () => {
    const { exit, status, findings } = await examine({ url: 'x', meer: 1 })
    expect([exit, status]).toEqual([1, 'broken'])
    expect(findings.map(({ about, says }) => [about, says])).toEqual([
      ['settings', expect.stringMatching(/^url: /)],
      ['settings', 'meer: there is no such setting'],
    ])
  })
})

describe('the version of Node.js', () => {
  const at = (day: string) => ({ clock: { now: () => Date.parse(day) } }) as Patient // All that is looked at.

  test.each([
    ['v18.20.0', '2026-01-01', 'broken'],
    ['v20.19.0', '2026-01-01', 'ok'],
    ['v20.19.0', '2026-06-01', 'attention'],
    ['v23.1.0', '2026-01-01', 'attention'],
    ['v24.1.0', '2026-01-01', 'ok'],
    ['v90.0.0', '2026-01-01', 'ok'],
    ['x', '2026-01-01', 'broken'],
  ])('%s on %s is %s', async (version, day, status) => {
    expect(await lookAtRuntime(version)(at(day))).toMatchObject([{ status }])
  })
})

describe('a node that runs', () => {
  const settings = () => ({ ...memory, url: running.publicUrl, outbound: { loopback: true } })
  const node = () => `http://127.0.0.1:${String(running.node.internalPort)}`

  test('is found as others find it: DID documents with its keys, metadata at both places', async () => {
    const { exit, of } = await examine(settings(), { node: node() })
    expect(exit).toBe(2)
    for (const about of ['DID document', 'metadata']) {
      expect(of(about)).toHaveLength(3)
      expect(of(about)).toEqual(of(about).map((finding) => ({ ...finding, status: 'ok' })))
    }
    expect(of('address')).toMatchObject([
      { status: 'ok', says: expect.stringContaining('from outside it may be otherwise') },
    ])
  })

  test('of another version than the command is told', async () => {
    const { of } = await examine(settings(), { node: node() })
    expect(of('node').map(({ says }) => says)).toEqual([
      expect.stringMatching(/^it runs and can do its work/),
      expect.stringMatching(/and this command is test$/),
    ])
  })

  test('whose DID documents show other keys is broken', async () => {
    const { status, json } = await running.inside('GET', '/internal/bronnet/v1/subjects/noord/keys')
    expect(status).toBe(200)
    const { keys } = json as { keys: { publicKeyJwk: Record<string, string> }[] }
    const other = keys.map((key) => ({ ...key, publicKeyJwk: { ...key.publicKeyJwk, x: 'AAAA' } }))
    const { of } = await examine(settings(), {
      node: await fakeNode({ subjects: { noord: [running.dids.noord] }, keys: other }),
    })
    expect(of('DID document')).toEqual([
      {
        about: 'DID document',
        status: 'broken',
        says: 'noord: others see 1 keys of this node missing and 1 that it does not have',
        mend: expect.stringContaining('another node, or an old copy in a proxy, answers at url'),
      },
    ])
  })

  test('whose documents and metadata are not passed on by what stands in front of it is broken', async () => {
    const front = await servers.serve((_, response) => response.writeHead(404).end())
    const frontUrl = `http://localhost:${String(front.port)}`
    const fake = await fakeNode({ subjects: { noord: [`did:web:localhost%3A${String(front.port)}:iam:1`] }, keys: [] })
    const { of } = await examine({ ...settings(), url: frontUrl }, { node: fake })
    expect(of('DID document')).toMatchObject([
      { status: 'broken', says: expect.stringContaining('identity.did_not_found') },
    ])
    expect(of('metadata')).toHaveLength(2)
    expect(of('metadata')).toMatchObject([{ status: 'broken' }, { status: 'broken' }])
  })

  test('whose private key is lost is broken', async () => {
    const { json } = await running.inside('GET', '/internal/bronnet/v1/subjects/noord/keys')
    const { keys } = json as { keys: object[] }
    const node = await fakeNode({
      subjects: { noord: [running.dids.noord] },
      keys: keys.map((key) => ({ ...key, lost: true })),
    })
    const found = (await examine(settings(), { node })).findings.filter(({ says }) =>
      says.startsWith('noord: the private'),
    )
    expect(found).toMatchObject([{ about: 'keys', status: 'broken', mend: expect.stringContaining('keys.directory') }])
  })

  test('that cannot write, is down or is not listed is broken, each with what to do', async () => {
    await writeDefinition(directory, 'lijst', `${running.publicUrl}/discovery/lijst`)
    const copy = { service: 'lijst', hosted: false, freshness: 'stale', timestamp: 1, listed: 1, setAside: 0 }
    const own = {
      service: 'lijst',
      subject: 'noord',
      status: 'failing',
      parameters: {},
      error: 'token.no_matching_credential',
    }
    const fake = await fakeNode({
      health: { storage: { status: 'DOWN', reason: 'store.unavailable' } },
      copies: [copy],
      registrations: [own],
    })
    const registrations = [{ service: 'lijst', subject: 'zuid' }]
    const definitions = join(directory, 'lijst')
    const { exit, of } = await examine({ ...settings(), discovery: { definitions, registrations } }, { node: fake })
    expect(exit).toBe(1)
    expect(of('node')).toMatchObject([{ status: 'broken', says: 'storage does not work: store.unavailable' }])
    expect(of('discovery').map(({ status, mend }) => [status, mend])).toEqual([
      ['broken', 'see whether its server answers; bronnet discovery refresh looks at once'],
      ['broken', 'its wallet lacks what the list asks: bronnet credential list --subject noord'],
      ['broken', 'bronnet discovery join --subject zuid'],
    ])
  })
})

describe('a node that does not run', () => {
  test('is told as such, and so is what could not be looked at', async () => {
    const { exit, of } = await examine({ ...memory, url })
    expect(exit).toBe(2)
    expect(of('node')).toMatchObject([{ status: 'attention', mend: expect.stringContaining('bronnet start') }])
    expect(of('parties')).toMatchObject([{ status: 'attention', says: expect.stringContaining('does not run') }])
  })

  test('has its store opened and written to; one that is not there is not made', async () => {
    const data = join(directory, 'data')
    expect((await examine({ url, storage: { url: `level:${data}` } })).of('storage')).toMatchObject([
      { status: 'attention' },
    ])
    await expect(rm(data)).rejects.toThrow('ENOENT')
    await mkdir(data)
    const store = await openStoreAt(`level:${data}`, { named: 'x', clock: systemClock, log: silentLog })
    expect((await examine({ url, storage: { url: `level:${data}` } })).of('storage')[0]).toMatchObject({
      status: 'broken',
      says: expect.stringContaining('is open in another process'),
    })
    await store.close()
    expect((await examine({ url, storage: { url: `level:${data}` } })).of('storage')).toMatchObject([
      { status: 'ok', says: 'it was opened and written to just now, and the disk acknowledged' },
      { status: 'ok' },
    ])
  })

  test('on a database that does not wait for its disk is broken', async () => {
    const server = await startPostgres()
    try {
      const database = { url, storage: { url: (await server.createSchema()).reveal() } }
      await server.run("alter role bronnet set synchronous_commit = 'off'")
      expect((await examine(database)).of('storage')).toMatchObject([
        { status: 'broken', says: expect.stringContaining('synchronous_commit is off') },
      ])
    } finally {
      await server.destroy()
    }
  })
})

test('a file with a secret that everybody can read needs attention, and one that is not is good', async () => {
  const passphraseFile = join(directory, 'wachtzin')
  await writeFile(passphraseFile, 'een lange wachtzin', { mode: 0o640 })
  const settings = { ...memory, url, keys: { passphraseFile, directory: join(directory, 'keys') } }
  expect((await examine(settings)).of('secrets')).toMatchObject([{ status: 'ok' }])
  await chmod(passphraseFile, 0o644)
  expect((await examine(settings)).of('secrets')).toMatchObject([
    { status: 'attention', mend: `chmod o-rwx ${passphraseFile}` },
  ])
})

describe('the keys', () => {
  const keysIn = (name: string, passphrase: string) => ({
    ...memory,
    url,
    keys: { directory: join(directory, name), passphrase },
  })

  test('are opened, not made; with another passphrase they are broken', async () => {
    const settings = keysIn('sleutels', 'een lange wachtzin')
    expect((await examine(settings)).of('keys')).toMatchObject([{ status: 'attention' }])
    await expect(rm(join(directory, 'sleutels'))).rejects.toThrow('ENOENT')
    await openFileKeyStore({ directory: join(directory, 'sleutels'), passphrase: Secret.of('een lange wachtzin') })
    expect((await examine(settings)).of('keys')).toMatchObject([{ status: 'ok' }])
    const { of } = await examine(keysIn('sleutels', 'een andere wachtzin'))
    expect(of('keys')).toMatchObject([{ status: 'broken', says: expect.stringContaining('the node cannot sign') }])
    expect(JSON.stringify(of('keys'))).not.toContain('wachtzin')
  })

  test('of a node on a database need a directory that does not depend on where it is started', async () => {
    const storage = { url: 'postgresql://bronnet@127.0.0.1:1/x' }
    const says = expect.stringContaining('below the directory where the node is started')
    const keys = { passphrase: 'een lange wachtzin' }
    expect((await examine({ storage, url, keys })).of('keys')).toContainEqual(expect.objectContaining({ says }))
    const fixed = await examine({ storage, url, keys: { ...keys, directory: join(directory, 'vast') } })
    expect(fixed.of('keys')).not.toContainEqual(expect.objectContaining({ says }))
  })

  test('whose passphrase lies beside them need attention', async () => {
    expect((await examine({ ...memory, url })).of('keys')).toMatchObject([{ status: 'attention' }])
  })
})

describe('a register that is there already', () => {
  test('is asked with the header of the node, and is broken when it refuses', async () => {
    const register = await servers.serve((request, response) =>
      response.writeHead(request.headers.authorization === 'Bearer goed' ? 200 : 401).end('{}'),
    )
    const headerFile = join(directory, 'kop')
    const upstream = { url: `http://127.0.0.1:${String(register.port)}/graphql`, headerFile }
    const source = { name: 'a', kind: 'graphql', schema: 'indicatieregister-2', pack: 'indicatieregister', upstream }
    const settings = { ...memory, url, parties: [{ subject: 'p', sources: [source] }] }
    await writeFile(headerFile, 'Bearer goed')
    expect((await examine(settings)).of('sources')[1]).toMatchObject({
      status: 'ok',
      says: 'the register behind p/a answers',
    })
    await writeFile(headerFile, 'Bearer fout')
    const report = await examine(settings)
    expect(report.of('sources')[1]).toMatchObject({ status: 'broken', says: 'the register behind p/a answers 401' })
    expect(JSON.stringify(report.findings)).not.toContain('fout')
  })
})

test('a source without its pack is broken', async () => {
  const policies = join(directory, 'packs')
  await mkdir(policies, { recursive: true })
  const source = { name: 'a', kind: 'register', schema: 'indicatieregister-2', pack: 'indicatieregister' }
  const settings = { ...memory, url, parties: [{ subject: 'p', sources: [source] }] }
  expect((await examine({ ...settings, policies: { directory: policies } })).of('sources')).toMatchObject([
    { status: 'broken' },
  ])
  expect((await examine(settings)).of('sources')).toMatchObject([{ status: 'attention' }])
})

/** The internal interface of a node as it can be, without one that is so. */
async function fakeNode(state: {
  readonly subjects?: object
  readonly keys?: readonly object[]
  readonly health?: object
  readonly copies?: readonly object[]
  readonly registrations?: readonly object[]
}): Promise<string> {
  const answers: Readonly<Record<string, unknown>> = {
    '/health/live': { status: 'UP' },
    '/health': { status: 'UP', details: state.health ?? { storage: { status: 'UP' } } },
    '/openapi.json': { info: { version: 'test' } },
    '/internal/vdr/v2/subject': state.subjects ?? {},
    '/internal/bronnet/v1/subjects/noord/keys': { keys: state.keys ?? [] },
    '/internal/bronnet/v1/discovery': state.copies ?? [],
    '/internal/bronnet/v1/discovery/lijst/registrations': state.registrations ?? [],
  }
  const server = await servers.serve((request, response) => {
    const answer = answers[request.url ?? '']
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? {}))
  })
  return `http://127.0.0.1:${String(server.port)}`
}
