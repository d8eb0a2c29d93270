import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { prepareGuardedNode, type GuardedNode } from '../support/guarded-node.js'
import { startNodeProcess, type NodeProcess } from '../support/node-process.js'
import { freePorts } from '../support/free-ports.js'
import { zorgkantoor } from '../support/token-world.js'
import { runChild, type Ended } from '../unit/cli/child.js'

// Each test starts processes of its own, which takes long on a machine with other work.
jest.setTimeout(180_000)

const subjects = '/internal/vdr/v2/subject'
const running: NodeProcess[] = []
let place: string
let guarded: GuardedNode
/** The DIDs of two parties of the node that is lost. */
let ciz: string
let tweede: string
let reader: { readonly configFile: string }
/** By what became of them after the backup. */
const credentials: Record<string, string> = {}
let revokedToken: string
let spent: string
let backup: string
let journal: string
let key: string

const command = (...words: string[]): Promise<Ended> => runChild(words)

async function done(...words: string[]): Promise<Ended> {
  const ended = await command(...words)
  if (ended.status !== 0) throw new Error(`${words.join(' ')}: ${ended.errors}`)
  return ended
}

/** A node on the public port that its configuration names, so that others reach it there. */
async function start(configFile: string, until: 'ready' | 'live' = 'ready'): Promise<NodeProcess> {
  const { url } = JSON.parse(await readFile(configFile, 'utf8')) as { url: string }
  const [internalPort = 0] = await freePorts(1)
  const node = await startNodeProcess({ configFile, publicPort: Number(new URL(url).port), internalPort }, { until })
  running.push(node)
  return node
}

async function killAll(): Promise<void> {
  await Promise.all(running.splice(0).map((node) => node.kill()))
}

async function ask(node: NodeProcess, method: string, path: string, body?: unknown): Promise<number> {
  const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return (await fetch(`${node.internalUrl}${path}`, { method, ...init })).status
}

const membership = (issuer: string) => ({
  issuer,
  type: 'LedenadministratieCredential',
  credentialSubject: { id: 'did:web:lid.example.nl', organization: zorgkantoor },
  expirationDate: '2099-01-01T00:00:00Z',
  format: 'jwt_vc',
})

async function issue(node: NodeProcess, issuer = ciz): Promise<string> {
  return String(await node.administrator.call('POST', '/internal/vcr/v2/issuer/vc', membership(issuer)))
}

function claimsOf(compact: string | undefined) {
  return JSON.parse(Buffer.from((compact ?? '').split('.')[1] ?? '', 'base64url').toString()) as {
    readonly jti: string
    readonly vc: { readonly credentialStatus: readonly { readonly statusListCredential: string }[] }
  }
}

const idOf = (name: string): string => claimsOf(credentials[name]).jti
const path = (id: string, what: string): string => `/internal/bronnet/v1/credentials/${encodeURIComponent(id)}/${what}`

/** What a node of somebody else thinks of a credential, with nothing in its memory. */
async function judgements(): Promise<Record<string, boolean>> {
  const node = await start(reader.configFile)
  const found: Record<string, boolean> = {}
  for (const [name, verifiableCredential] of Object.entries(credentials)) {
    const body = { verifiableCredential }
    const { validity } = (await node.administrator.call('POST', '/internal/vcr/v2/verifier/vc', body)) as {
      validity: boolean
    }
    found[name] = validity
  }
  return found
}

/** The machine after the disaster: the keys and checkpoints from their copies, and no store. */
async function newMachine(name: string): Promise<{ readonly configFile: string; readonly store: string }> {
  const directory = join(place, name)
  await mkdir(directory)
  for (const kept of ['keys', 'checkpoints'])
    await cp(join(place, 'copy', kept), join(directory, kept), { recursive: true })
  const configuration = JSON.parse(await readFile(join(place, 'first', 'node.yaml'), 'utf8')) as object
  const store = `level:${join(directory, 'data')}`
  const configFile = join(directory, 'node.yaml')
  const changed = { ...configuration, storage: { url: store }, keys: { directory: join(directory, 'keys') } }
  await writeFile(configFile, JSON.stringify(changed))
  return { configFile, store }
}

const restore = (store: string, ...more: string[]): Promise<Ended> =>
  command('storage', 'restore', '--from', backup, '--to', store, ...more)

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'bronnet-replay-'))
  await mkdir(join(place, 'first'))
  guarded = await prepareGuardedNode(join(place, 'first'), `level:${join(place, 'first', 'data')}`)
  const node = await start(guarded.configFile)
  await node.administrator.call('POST', subjects, { subject: 'tweede' })
  const dids = (await node.administrator.call('GET', subjects)) as Record<string, readonly [string]>
  ciz = dids['ciz']?.[0] ?? ''
  tweede = dids['tweede']?.[0] ?? ''
  const [port = 0] = await freePorts(1)
  reader = { configFile: join(place, 'reader.yaml') }
  await writeFile(
    reader.configFile,
    JSON.stringify({
      strictmode: false,
      url: `http://localhost:${port}`,
      storage: { url: `level:${join(place, 'reader')}` },
      outbound: { loopback: true },
      trust: { LedenadministratieCredential: [ciz, tweede] },
    }),
  )
  for (const name of ['untouched', 'revoked', 'suspended', 'resumed']) credentials[name] = await issue(node)
  await node.administrator.call('POST', path(idOf('resumed'), 'suspension'))
  const granted = await guarded.requestToken(node)
  revokedToken = String(granted.body['access_token'])
  backup = join(place, 'node.backup')
  await done('storage', 'backup', '--to', backup, '--node', node.internalUrl, '--by', 'J. Voorbeeld')

  // What the backup does not know.
  await done('credential', 'revoke', idOf('revoked'), '--node', node.internalUrl)
  await done('credential', 'suspend', idOf('suspended'), '--reason', 'in onderzoek', '--node', node.internalUrl)
  await done('credential', 'resume', idOf('resumed'), '--node', node.internalUrl)
  credentials['later'] = await issue(node)
  credentials['later and revoked'] = await issue(node)
  // In the first list of this party, which the backup does not know either.
  credentials['in a later list and revoked'] = await issue(node, tweede)
  for (const name of ['later and revoked', 'in a later list and revoked'])
    await node.administrator.call('POST', path(idOf(name), 'revocation'))
  const revoking = await fetch(`${node.internalUrl}/internal/bronnet/v1/tokens/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: revokedToken }),
  })
  expect(await revoking.json()).toEqual({ revoked: true })
  spent = guarded.present()
  expect((await guarded.requestToken(node, spent)).status).toBe(200)
  journal = join(place, 'journal.jsonl.gz')
  await done('audit', 'export', '--node', node.internalUrl, '--output', journal)
  await killAll()

  // Keys and checkpoints have copies of their own; the rest of the machine is lost.
  for (const kept of ['keys', 'checkpoints'])
    await cp(join(place, 'first', kept), join(place, 'copy', kept), { recursive: true })
  key = join(place, 'audit-key.json')
  await cp(join(place, 'copy', 'checkpoints', 'audit-key.json'), key)
}, 240_000)

afterAll(async () => {
  await killAll()
  await rm(place, { recursive: true, force: true })
})

describe('a restore with the journal of after the backup', () => {
  test('ends again what had ended, and the node needs nobody to confirm it', async () => {
    const { configFile, store } = await newMachine('with')
    expect(await restore(store, '--journal', journal, '--key', key, '--by', 'J. Voorbeeld')).toMatchObject({
      status: 0,
      output: expect.stringMatching(/is restored and verified.*\nEntries \d+ to \d+ are replayed when the node starts/),
    })
    const node = await start(configFile)
    expect(await judgements()).toEqual({
      untouched: true,
      revoked: false,
      suspended: false,
      resumed: true,
      later: true,
      'later and revoked': false,
      'in a later list and revoked': false,
    })
    expect((await guarded.introspect(node, revokedToken)).body).toEqual({ active: false })
    expect((await guarded.read(node, revokedToken)).status).toBe(401)
    expect((await guarded.requestToken(node, spent)).status).toBeGreaterThanOrEqual(400)

    // Also what the backup does not know can be revoked now.
    expect(await ask(node, 'POST', path(idOf('later'), 'revocation'))).toBe(204)
    // New places are in no list of before.
    const lists = Object.values(credentials).map(listOf)
    expect(lists).not.toContain(listOf(await issue(node)))

    const verdict = await command('audit', 'verify', '--node', node.internalUrl, '--key', key)
    expect(verdict).toMatchObject({ status: 0, output: expect.stringContaining('INTACT: entries 1 to') })
    const events = (await node.administrator.journal(0)).map(({ event }) => event)
    expect(events.filter(({ code }) => code === 'credential.revoked')).toHaveLength(4)
    expect(events.find(({ code }) => code === 'storage.saved')?.actor).toEqual({ user: { id: 'J. Voorbeeld' } })
    expect(events.filter(({ code }) => code.startsWith('storage.re'))).toEqual([
      expect.objectContaining({
        code: 'storage.restored',
        actor: { user: { id: 'J. Voorbeeld' } },
        reasons: [
          expect.stringMatching(/from a backup of bronnet of .*, up to entry \d+$/),
          expect.stringMatching(/^an export gave the entries up to \d+, and they were replayed$/),
        ],
      }),
    ])
    await killAll()
  })

  test('is refused for an export that is altered, cut off, a selection, or of another node, and writes nothing', async () => {
    const { store } = await newMachine('refused')
    const directory = join(place, 'refused')
    const lines = gunzipSync(await readFile(journal))
      .toString()
      .split('\n')
    const at = lines.findIndex((line) => line.includes('"credential.resumed"'))
    const write = async (name: string, changed: readonly string[]): Promise<string> => {
      await writeFile(join(directory, name), gzipSync(changed.join('\n')))
      return join(directory, name)
    }
    const altered = lines.with(at, lines[at]?.replace('"success"', '"refused"') ?? '')
    const other = await start(reader.configFile)
    const foreign = join(directory, 'foreign.jsonl')
    const selection = join(directory, 'selection.jsonl')
    await done('audit', 'export', '--node', other.internalUrl, '--output', foreign)
    await done('audit', 'export', '--node', other.internalUrl, '--output', selection, '--party', 'ciz')
    await killAll()
    const refusals: [string, RegExp][] = [
      [await write('altered.gz', altered), /is not what was written: entry \d+/],
      [await write('cut.gz', lines.slice(0, -3)), /has no end|are missing/],
      [await write('short.gz', lines.toSpliced(at, 1)), /is missing/],
      [selection, /is a selection/],
      [foreign, /not signed with this key|of another node/],
    ]
    for (const [file, why] of refusals) {
      const refused = await restore(store, '--journal', file, '--key', key)
      expect([refused.status, refused.errors]).toEqual([1, expect.stringMatching(why)])
      expect(refused.errors).toContain('Nothing was written.')
    }
    const unsigned = await restore(store, '--journal', foreign)
    expect([unsigned.status, unsigned.errors]).toEqual([1, expect.stringMatching(/of another node/)])
    expect(await readdir(directory)).not.toContain('data')
    // The neighbouring good one passes.
    expect(await restore(store, '--journal', journal)).toMatchObject({ status: 0 })
  })
})

describe('a restore without it', () => {
  test('waits: documents are served and rights can be ended, and nothing that gives a right is done', async () => {
    const { configFile, store } = await newMachine('without')
    expect(await restore(store, '--key', key)).toMatchObject({ status: 0 })
    const node = await start(configFile, 'live')
    expect(await ask(node, 'GET', '/health/ready')).toBe(503)
    const refused = await fetch(`${node.internalUrl}/internal/vcr/v2/issuer/vc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(membership(ciz)),
    })
    expect([refused.status, await refused.text()]).toEqual([
      503,
      expect.stringContaining('waits for its administrator'),
    ])
    expect(await ask(node, 'POST', subjects, {})).toBe(503)
    expect(await ask(node, 'POST', `/internal/discovery/v1/regio/ciz`, {})).toBe(503)
    expect((await guarded.requestToken(node)).status).toBe(503)
    for (const document of [`/iam/${ciz.split(':').at(-1)}/did.json`, new URL(listOf(credentials['revoked'])).pathname])
      expect((await fetch(`${node.publicUrl}${document}`)).status).toBe(200)

    expect(await ask(node, 'POST', path(idOf('revoked'), 'revocation'))).toBe(204)
    expect(await ask(node, 'DELETE', path(idOf('resumed'), 'suspension'))).toBe(503)
    const words = ['--by', 'J. Voorbeeld', '--ground', 'opnieuw ingetrokken', '--node', node.internalUrl]
    await done('storage', 'confirm-restore', ...words)
    expect(await ask(node, 'GET', '/health/ready')).toBe(200)
    expect(await ask(node, 'DELETE', path(idOf('resumed'), 'suspension'))).toBe(204)
    expect(listOf(await issue(node))).not.toBe(listOf(credentials['later']))
    await killAll()
  })
})

function listOf(compact: string | undefined): string {
  return claimsOf(compact).vc.credentialStatus[0]?.statusListCredential ?? ''
}
