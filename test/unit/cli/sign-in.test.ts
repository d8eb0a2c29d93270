import { readFileSync } from 'node:fs'
import { appendFile, chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../../node/cli/arguments.js'
import { CommandFailure } from '../../../node/cli/command.js'
import { createCommands } from '../../../node/cli/commands.js'
import { NodeError } from '../../../node/kernel/errors.js'
import { unusedDeps } from '../../../scripts/command-table.js'
import { examine } from '../../support/examine.js'
import { startComposedNode, type ComposedNode } from '../http/composed.js'

let directory: string
let list: string
let running: ComposedNode
let node: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-sign-in-'))
  list = at('authorized_keys')
  await writeFile(list, '', { mode: 0o644 })
  for (const [name, role] of [
    ['beheer', 'administrator'],
    ['lezer', 'reader'],
  ] as const) {
    const { said } = await run({}, 'sign-in', 'key', at(`${name}.key`), '--for', name, '--role', role)
    await appendFile(list, `${said}\n`)
  }
  await run({}, 'sign-in', 'key', at('vreemd.key'), '--for', 'vreemd', '--role', 'administrator')
  const auth = { type: 'token_v2', audience: 'node.test', authorizedKeysPath: list } as const
  running = await startComposedNode({ auth })
  node = `http://127.0.0.1:${running.node.internalPort}`
})
afterAll(async () => {
  await running.end()
  await rm(directory, { recursive: true, force: true })
})

const at = (name: string): string => join(directory, name)

/** Runs the words behind `bronnet`; a command that fails gives its lines. */
async function run(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const findConfiguration = () => Promise.reject(new NodeError('config.invalid'))
  const request = parseArguments(createCommands({ ...unusedDeps, findConfiguration }), words, environment)
  if (request.kind !== 'run') throw new Error(`${words.join(' ')}: ${JSON.stringify(request)}`)
  const said: string[] = []
  const terminal = { say: (text: string) => void said.push(text), note: () => undefined }
  try {
    const status = await request.command.run(request.given, terminal)
    return { status, said: said.join('\n') }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return { status: error.status, said: error.lines.join('\n') }
  }
}
const subjectsAs = (environment: Readonly<Record<string, string>>, ...words: readonly string[]) =>
  run(environment, 'subject', 'list', '--node', node, ...words)
const audience = ['--sign-in-audience', 'node.test']

describe('bronnet sign-in key', () => {
  test('makes a file for its owner alone and never writes over one', async () => {
    expect((await stat(at('lezer.key'))).mode & 0o777).toBe(0o600)
    const before = readFileSync(at('lezer.key'), 'utf8')
    const again = await run({}, 'sign-in', 'key', at('lezer.key'), '--for', 'x', '--role', 'reader')
    expect(again).toEqual({
      status: 64,
      said: expect.stringMatching(/is there already: give another FILE, or remove it first$/),
    })
    expect(readFileSync(at('lezer.key'), 'utf8')).toBe(before)
  })

  test('prints a line that keeps the key to parties', async () => {
    const words = ['--for', 'epd', '--role', 'application', '--party', 'ciz', '--party', 'cak']
    const { said } = await run({}, 'sign-in', 'key', at('epd.key'), ...words)
    expect(said).toMatch(/^role="application",parties="ciz,cak" ssh-ed25519 [A-Za-z0-9+/=]+ epd$/)
  })

  test.each([
    ['a role that there is not', 'x', 'root', 'role must be one of'],
    ['a name that would end before its end', 'jan #1', 'reader', 'a name without #'],
    ['two lines', 'jan\nrole="administrator"', 'reader', 'a name without #'],
  ])('refuses %s, and makes no file', async (_, name, role, why) => {
    const made = await run({}, 'sign-in', 'key', at('bad.key'), '--for', name, '--role', role)
    expect(made).toEqual({ status: 64, said: expect.stringContaining(why) })
    await expect(stat(at('bad.key'))).rejects.toThrow()
  })
})

describe('a command at a node that asks who calls', () => {
  test('says how to sign in', async () => {
    const { status, said } = await subjectsAs({})
    expect([status, said]).toEqual([1, expect.stringContaining('--sign-in-key FILE, or BRONNET_SIGN_IN_KEY')])
  })

  test('signs in with a key, whose name stands in its file', async () => {
    expect(await subjectsAs({}, '--sign-in-key', at('lezer.key'), ...audience)).toMatchObject({
      status: 0,
      said: expect.stringContaining('ciz'),
    })
  })

  test('signs in by variables', async () => {
    const environment = { BRONNET_SIGN_IN_KEY: at('lezer.key'), BRONNET_SIGN_IN_AUDIENCE: 'node.test' }
    expect((await subjectsAs(environment)).status).toBe(0)
    expect((await subjectsAs({ ...environment, BRONNET_SIGN_IN_USER: 'beheer' })).status).toBe(1)
  })

  test('signs in with a token that was made before', async () => {
    const key = ['--sign-in-key', at('lezer.key'), ...audience]
    const { said: token } = await run({}, 'sign-in', 'token', '--minutes', '10', ...key)
    await writeFile(at('token'), token)
    expect((await subjectsAs({}, '--sign-in-token', at('token'))).status).toBe(0)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, number>
    expect(claims['exp']).toBe((claims['iat'] ?? 0) + 600)
  })

  test('says what the node wants when the key is not listed or the audience is another', async () => {
    const wanted = expect.stringContaining('wants tokens for node.test')
    expect(await subjectsAs({}, '--sign-in-key', at('vreemd.key'), ...audience)).toEqual({ status: 1, said: wanted })
    expect(await subjectsAs({}, '--sign-in-key', at('lezer.key'))).toEqual({ status: 1, said: wanted })
  })

  test('is told when its role may not', async () => {
    const words = ['subject', 'create', 'nieuw', '--node', node, ...audience]
    expect((await run({}, ...words, '--sign-in-key', at('lezer.key'))).said).toMatch(/not for this/)
    expect((await run({}, ...words, '--sign-in-key', at('beheer.key'))).status).toBe(0)
  })

  test('says what is wrong with the key', async () => {
    await writeFile(at('words'), 'geheim')
    const { status, said } = await subjectsAs({}, '--sign-in-key', at('words'), ...audience)
    expect([status, said]).toEqual([64, '--sign-in-key: it holds no private key in PEM or of OpenSSH'])
  })

  test('takes a stream as well', async () => {
    const words = ['audit', 'verify', '--node', node, ...audience]
    expect((await run({}, ...words, '--sign-in-key', at('lezer.key'))).said).toMatch(/not for this/)
    expect((await run({}, ...words, '--sign-in-key', at('beheer.key'))).said).toMatch(/intact|complete|good/i)
  })
})

describe('bronnet doctor', () => {
  const settings = () => ({
    url: 'http://localhost:1',
    storage: { url: 'memory:' },
    http: { internal: { auth: { type: 'token_v2', audience: 'node.test', authorizedKeysPath: list } } },
  })
  const look = async (...words: readonly string[]) =>
    (await examine(settings(), { node, words })).of('sign-in').map(({ status, says }) => `${status}: ${says}`)

  test('is let in with a key', async () => {
    expect(await look('--sign-in-key', at('lezer.key'))).toEqual([
      'ok: 2 keys are listed, 1 of administrators',
      'ok: the node lets you in',
    ])
  })

  test('says what it could not look at without one, and breaks nothing', async () => {
    const { findings } = await examine(settings(), { node })
    expect(findings.filter(({ about }) => about === 'parties')).toMatchObject([{ status: 'attention' }])
    expect(await look()).toContainEqual(expect.stringMatching(/^attention: the node asks who calls/))
  })

  test('says that a key is not listed', async () => {
    expect(await look('--sign-in-key', at('vreemd.key'))).toContainEqual(
      expect.stringMatching(/^broken: the node refuses/),
    )
  })

  test('says who else can read the key or write the list, and which line is broken', async () => {
    await chmod(at('lezer.key'), 0o640)
    await chmod(list, 0o666)
    await appendFile(list, 'x\n')
    const found = await look('--sign-in-key', at('lezer.key'))
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^broken: others on this machine can read the private key/),
        expect.stringMatching(/^broken: others on this machine can write/),
        expect.stringMatching(/^broken: .*line 3: /),
      ]),
    )
  })

  test('says that nobody may sign in without the file', async () => {
    await rm(list)
    expect(await look()).toContainEqual(expect.stringMatching(/^broken: .*cannot be read \(ENOENT\)/))
  })
})
