import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { systemClock } from '../../node/kernel/clock.js'
import { loadExamples } from '../../scripts/demo/examples.js'
import { writeNetworkFile } from '../../scripts/demo/network-file.js'
import { participants, stelselbeheerderName } from '../../scripts/demo/participants.js'
import { startWorld, type World } from '../../scripts/demo/world.js'
import { runCommand, type Ran } from '../support/command-process.js'
import { freePorts } from '../support/free-ports.js'
import { wordsOf } from '../support/shell-words.js'
import { createTestCertificate } from '../support/test-certificates.js'
import { startChild, type Child } from '../unit/cli/child.js'

let directory: string
let world: World
let started: Child | undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-init-'))
  const [publicPort = 0, internalPort = 0, tlsPort = 0] = await freePorts(3)
  world = await startWorld({
    directory: join(directory, 'demo'),
    participants: participants
      .filter(({ name }) => name === stelselbeheerderName)
      .map((participant) => ({ ...participant, publicPort, internalPort, tlsPort })),
    logs: 'none',
  })
  await writeNetworkFile(join(directory, 'demo', 'network.json'), {
    world,
    examples: loadExamples(),
    clock: systemClock,
  })
})

afterAll(async () => {
  started?.signal('SIGKILL')
  await started?.ended
  await world.stop()
  await rm(directory, { recursive: true, force: true })
})

/** Types a line that was printed, as a shell would run it. */
async function type(line: string): Promise<Ran> {
  const [, ...words] = wordsOf(line)
  const ran = await runCommand(words)
  const redirected = / > "?([^"]+)"?$/.exec(line)?.[1]
  if (redirected !== undefined) await writeFile(redirected, ran.output)
  return ran
}

function printed(output: string, command: string): string {
  const line = output.split('\n').find((one) => one.startsWith(`bronnet ${command} `))
  if (line === undefined) throw new Error(`init printed no bronnet ${command}: ${output}`)
  return line
}

describe('a node that init set up', () => {
  test('starts, is healthy, becomes a member and finds itself, by the commands that init printed', async () => {
    const [publicPort = 0, internalPort = 0] = await freePorts(2)
    const place = join(directory, 'gemeente proef')
    const answers = join(directory, 'answers.yaml')
    await writeFile(
      answers,
      `use: development
demo: ${join(directory, 'demo')}
organization: Gemeente Proef
city: Proefstad
role: gemeente
identifier: [gemeentecode:9996, kvk:90000380]
url: http://localhost:${String(publicPort)}
internal-port: ${String(internalPort)}
source: wmo=toewijzingsregister-1
contact: gegevens@proef.example
`,
    )
    const set = await runCommand(['init', '--yes', '--directory', place, '--answers', answers])
    expect([set.status, set.errors]).toEqual([0, ''])

    const [, ...start] = wordsOf(printed(set.output, 'start'))
    started = startChild(start)
    await started.logged('node serves')
    expect(await type(printed(set.output, 'health'))).toMatchObject({ status: 0 })

    expect(await type(printed(set.output, 'credential issue'))).toMatchObject({ status: 0, errors: '' })
    expect(await type(printed(set.output, 'credential load'))).toMatchObject({ status: 0, errors: '' })
    expect(await type(printed(set.output, 'discovery join'))).toMatchObject({ status: 0, errors: '' })
    const found = await type(printed(set.output, 'find'))
    expect([found.status, found.output]).toEqual([
      0,
      expect.stringMatching(/^Gemeente Proef +gemeente +gemeentecode:9996/m),
    ])

    const status = await runCommand(['discovery', 'status', '--config', join(place, 'node.yaml')])
    expect(status.output).toMatch(/^bronnet-demo +fresh +2 +0 +gemeente-proef +listed$/m)
    const doctor = await type(printed(set.output, 'doctor'))
    expect([doctor.status, doctor.errors]).toEqual([2, ''])
    expect(doctor.output).toMatch(/^ok +discovery +gemeente-proef is listed in bronnet-demo until /m)
    expect(doctor.output).toMatch(/, 0 broken$/m)
    started.signal('SIGTERM')
    expect((await started.ended).status).toBe(0)
  }, 180_000)

  test('in strict mode ends TLS with the certificate that was named, and serves', async () => {
    const [publicPort = 0, internalPort = 0] = await freePorts(2)
    const place = join(directory, 'streng')
    const { cert, key } = createTestCertificate({ commonName: 'node.voorbeeld.nl', dnsNames: ['node.voorbeeld.nl'] })
    await writeFile(join(directory, 'cert.pem'), cert)
    await writeFile(join(directory, 'key.pem'), key)
    const set = await runCommand([
      ...['init', '--yes', '--directory', place, '--organization', 'Zorgkantoor Proef', '--identifier', 'uzovi:5997'],
      ...['--url', 'https://node.voorbeeld.nl', '--tls', 'node', '--certificate', join(directory, 'cert.pem')],
      ...['--certificate-key', join(directory, 'key.pem')],
      ...['--public-port', String(publicPort), '--internal-port', String(internalPort)],
    ])
    expect([set.status, set.errors]).toEqual([0, ''])
    expect(await type(printed(set.output, 'start').replace('start', 'check-config'))).toMatchObject({
      status: 0,
      output: 'The configuration is good.\n',
    })
    const [, ...start] = wordsOf(printed(set.output, 'start'))
    started = startChild(start)
    await started.logged('node serves')
    expect(await type(printed(set.output, 'health'))).toMatchObject({ status: 0 })

    // Who has the key of the first administrator signs in, and nobody else.
    const [, file = ''] = /^export BRONNET_SIGN_IN_KEY="?(.+?)"?$/m.exec(set.output) ?? []
    const config = join(place, 'node.yaml')
    const list = ['subject', 'list', '--config', config]
    expect((await runCommand(list)).errors).toContain('--sign-in-key FILE')
    expect(await runCommand(list, '', { BRONNET_SIGN_IN_KEY: file })).toMatchObject({
      status: 0,
      output: expect.stringContaining('zorgkantoor-proef'),
    })
    const { output: token } = await runCommand(['sign-in', 'token', '--sign-in-key', file, '--config', config])
    const url = `http://127.0.0.1:${String(internalPort)}/internal/vdr/v2/subject`
    const ask = (headers: Record<string, string>) => fetch(url, { headers })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ authorization: `Bearer ${token.trim()}` })).status).toBe(200)
    const doctor = await runCommand(['doctor', '--config', config], '', { BRONNET_SIGN_IN_KEY: file })
    expect(doctor.output).toMatch(/^ok +sign-in +the node lets you in$/m)
    started.signal('SIGTERM')
    expect((await started.ended).status).toBe(0)
  }, 180_000)
})

describe('what init writes', () => {
  const answered = ['init', '--yes', '--use', 'development', '--organization', 'Proef', '--offline']

  test('is for nobody else where it is secret, and holds no secret where it is not', async () => {
    const place = join(directory, 'geheim')
    const set = await runCommand([...answered, '--directory', place])
    const file = join(place, 'secrets', 'keys-passphrase')
    const passphrase = (await readFile(file, 'utf8')).trim()
    expect(passphrase).toMatch(/^[\w-]{43}$/)
    expect([(await stat(file)).mode & 0o777, (await stat(join(place, 'secrets'))).mode & 0o777]).toEqual([0o600, 0o700])
    expect((await stat(join(place, 'node.yaml'))).mode & 0o007).toBe(0)
    expect([set.output + set.errors, await readFile(join(place, 'node.yaml'), 'utf8')].join()).not.toContain(passphrase)
  })

  test('is not written over without --force, and then keeps the passphrase and the DID', async () => {
    const place = join(directory, 'twee keer')
    await runCommand([...answered, '--directory', place])
    const before = await readFile(join(place, 'node.yaml'), 'utf8')
    const passphrase = await readFile(join(place, 'secrets', 'keys-passphrase'), 'utf8')
    const refused = await runCommand([...answered, '--directory', place, '--internal-port', '9081'])
    expect([refused.status, refused.output]).toEqual([64, ''])
    expect(refused.errors).toContain('node.yaml is there already')
    expect(await readFile(join(place, 'node.yaml'), 'utf8')).toBe(before)

    const forced = await runCommand([...answered, '--directory', place, '--internal-port', '9081', '--force'])
    expect(forced.status).toBe(0)
    expect(await readFile(join(place, 'node.yaml'), 'utf8')).toBe(before.replace('port: 8081', 'port: 9081'))
    expect(await readFile(join(place, 'secrets', 'keys-passphrase'), 'utf8')).toBe(passphrase)
    expect((await readdir(place)).sort()).toEqual(['node.yaml', 'secrets'])
  })

  test('is nothing when an answer is missing and nobody can be asked', async () => {
    const place = join(directory, 'niets')
    const { status, errors } = await runCommand(['init', '--directory', place, '--organization', 'Proef'])
    expect(status).toBe(64)
    expect(errors).toContain('bronnet: no answer to url: give --url URL')
    await expect(readdir(place)).rejects.toThrow('ENOENT')
  })
})
