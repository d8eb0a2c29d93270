import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { loadConfiguration } from '../../../node/config.js'
import { packageFile } from '../../../node/kernel/package-root.js'
import { rejectionOf } from '../../support/refusals.js'

let directory: string
let file: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-config-'))
  file = join(directory, 'node.yaml')
})
afterEach(() => rm(directory, { recursive: true }))

const base = { BRONNET_STRICTMODE: 'false', BRONNET_URL: 'http://localhost:8080' }
type Environment = Readonly<Record<string, string | undefined>>

async function load(environment: Environment = base, text?: string) {
  if (text !== undefined) await writeFile(file, text)
  return loadConfiguration({ file: text === undefined ? undefined : file, environment })
}

async function faultsOf(environment: Environment, text?: string): Promise<readonly string[]> {
  const { code, notes } = await rejectionOf(load(environment, text))
  expect(code).toBe('config.invalid')
  return notes
}

describe('the file', () => {
  test('is read', async () => {
    const { configuration } = await load(
      {},
      'strictmode: false\nurl: http://localhost:1\nhttp: { public: { port: 5 } }',
    )
    expect(configuration).toMatchObject({ url: 'http://localhost:1', http: { public: { port: 5, host: '0.0.0.0' } } })
  })

  test.each(['', '# only a comment\n', '---\n'])('%p sets nothing', async (text) => {
    expect((await load(base, text)).configuration.url).toBe('http://localhost:8080')
  })

  test('of this repository for one machine loads', async () => {
    const { configuration, notices } = await loadConfiguration({
      file: packageFile('config', 'local.yaml'),
      environment: {},
    })
    expect(configuration.parties.map(({ subject }) => subject)).toEqual(['voorbeeld'])
    expect(configuration.http.public.host).toBe('127.0.0.1')
    expect(notices[0]).toBe('strictmode is off: this node is for development only')
  })

  test('that does not exist is named', async () => {
    const missing = join(directory, 'nergens.yaml')
    const { notes } = await rejectionOf(loadConfiguration({ file: missing, environment: base }))
    expect(notes).toEqual([`${missing}: does not exist`])
  })

  test('that is a directory cannot be read', async () => {
    const { notes } = await rejectionOf(loadConfiguration({ file: directory, environment: base }))
    expect(notes).toEqual([`${directory}: cannot be read (EISDIR)`])
  })

  test.each([
    ['a key twice', 'url: a\nname: b\nurl: c\n', 'at line 3, column 1 (DUPLICATE_KEY)'],
    ['a tab', 'http:\n\tpublic: x\n', 'at line 2, column 1 (TAB_AS_INDENT)'],
    ['a bracket that does not close', 'url: [a\n', expect.stringMatching(/at line \d+, column \d+ \([A-Z_]+\)/)],
    ['two documents', 'url: a\n---\nurl: b\n', expect.stringMatching(/\(MULTIPLE_DOCS\)/)],
  ])('with %s is told where', async (_, text, where) => {
    const [fault, ...more] = await faultsOf(base, text)
    expect(more).toEqual([])
    expect(fault?.startsWith(`${file}: is not YAML `)).toBe(true)
    expect(fault?.slice(`${file}: is not YAML `.length)).toEqual(where)
  })

  test('that is not YAML is not quoted, not even inside', async () => {
    await writeFile(file, 'keys:\n  passphrase: geheim: geheim\n')
    const refusal = await rejectionOf(loadConfiguration({ file, environment: base }))
    expect(refusal.notes.join()).not.toContain('geheim')
    expect(refusal.cause).toBeUndefined()
  })

  test.each([
    ['a text', 'level:./data'],
    ['a list', '- url: a'],
    ['a number', '5'],
  ])('that holds %s holds no settings', async (_, text) => {
    expect(await faultsOf(base, text)).toEqual([`${file}: must hold a mapping of settings`])
  })

  test('that names the prototype sets no setting', async () => {
    expect(await faultsOf(base, '__proto__: { strictmode: false }')).toEqual(['__proto__: there is no such setting'])
  })
})

describe('the environment', () => {
  test('wins over the file, and the rest of the file stays', async () => {
    const text = 'url: http://localhost:1\nhttp:\n  public: { host: 192.0.2.1, port: 5 }\n  internal: { port: 6 }\n'
    const { configuration } = await load({ ...base, BRONNET_HTTP_PUBLIC_PORT: '7' }, text)
    expect(configuration.url).toBe('http://localhost:8080')
    expect(configuration.http).toMatchObject({
      public: { host: '192.0.2.1', port: 7 },
      internal: { host: '127.0.0.1', port: 6 },
    })
  })

  test('sets every kind of value', async () => {
    const { configuration } = await load({
      ...base,
      BRONNET_NAME: 'true',
      BRONNET_HTTP_INTERNAL_PORT: '0',
      BRONNET_OUTBOUND_TIMEOUTSECONDS: '2.5',
      BRONNET_OUTBOUND_LOOPBACK: 'true',
      BRONNET_OUTBOUND_ALLOWEDNETWORKS: '10.0.0.0/8, fd00:1::/48',
      BRONNET_OUTBOUND_ALLOWEDPORTS: '8443,9443',
      BRONNET_DISCOVERY_SERVER: '',
    })
    expect(configuration).toMatchObject({
      name: 'true',
      http: { internal: { port: 0 } },
      outbound: {
        timeoutSeconds: 2.5,
        loopback: true,
        allowedNetworks: ['10.0.0.0/8', 'fd00:1::/48'],
        allowedPorts: [8443, 9443],
      },
      discovery: { server: [] },
    })
  })

  test('reaches below a mapping that the file leaves empty', async () => {
    const { configuration } = await load({ ...base, BRONNET_HTTP_PUBLIC_PORT: '7' }, 'http:\n  public:\n')
    expect(configuration.http.public.port).toBe(7)
  })

  test('of other programs, and what is not set, does not matter', async () => {
    const environment = { ...base, PATH: '/bin', BRONNETWORK: '1', bronnet_name: 'x', BRONNET_NAME: undefined }
    expect((await load(environment)).configuration.name).toBe('bronnet')
  })

  test('BRONNET_CONFIG is no setting and no fault', async () => {
    expect((await load({ ...base, BRONNET_CONFIG: '/elsewhere' })).configuration.name).toBe('bronnet')
  })

  test.each([
    ['BRONNET_PORT', 'there is no such setting'],
    ['BRONNET_', 'there is no such setting'],
    ['BRONNET_HTTP', 'there is no such setting'],
    ['BRONNET_PARTIES', 'there is no such setting for a variable; it goes in the file'],
    ['BRONNET_TRUST', 'there is no such setting for a variable; it goes in the file'],
    ['BRONNET_DISCOVERY_REGISTRATIONS', 'there is no such setting for a variable; it goes in the file'],
  ])('%s is a fault', async (name, fault) => {
    expect(await faultsOf({ ...base, [name]: 'x' })).toEqual([`${name}: ${fault}`])
  })

  test.each([
    ['BRONNET_HTTP_PUBLIC_PORT', 'http', 'http.public.port', 'must be a number'],
    ['BRONNET_HTTP_PUBLIC_PORT', '0x50', 'http.public.port', 'must be a number'],
    ['BRONNET_HTTP_PUBLIC_PORT', '', 'http.public.port', 'must be a number'],
    ['BRONNET_HTTP_PUBLIC_PORT', '-1', 'http.public.port', 'must be at least 0'],
    ['BRONNET_OUTBOUND_LOOPBACK', 'yes', 'outbound.loopback', 'must be true or false'],
    ['BRONNET_OUTBOUND_LOOPBACK', 'TRUE', 'outbound.loopback', 'must be true or false'],
    ['BRONNET_OUTBOUND_ALLOWEDPORTS', '443,https', 'outbound.allowedPorts[1]', 'must be a number'],
    ['BRONNET_DISCOVERY_SERVER', 'a,,b', 'discovery.server[1]', 'must not be empty'],
    ['BRONNET_LOG_LEVEL', 'loud', 'log.level', 'must be debug or info or warn or error or silent'],
    ['BRONNET_KEYS_PASSPHRASE', 'kort', 'keys.passphrase', 'must be at least 12 characters long'],
    ['BRONNET_NAME', '', 'name', 'must not be empty'],
  ])('%s=%s is a fault that names setting and variable', async (name, text, path, fault) => {
    expect(await faultsOf({ ...base, [name]: text })).toEqual([`${path} (${name}): ${fault}`])
  })

  test('does not hide a fault of the file', async () => {
    expect(await faultsOf({ ...base, BRONNET_HTTP_PUBLIC_PORT: '7' }, 'http: 8080')).toEqual([
      'http: must be a mapping',
    ])
  })

  test('is told of together with the file, all at once', async () => {
    const faults = await faultsOf({ ...base, BRONNET_PORT: '1', BRONNET_LOG_LEVEL: 'x' }, 'name: 5\nmeer: 1\n')
    expect(faults.map((fault) => fault.split(/[: ]/)[0])).toEqual(['BRONNET_PORT', 'name', 'log.level', 'meer'])
  })
})
