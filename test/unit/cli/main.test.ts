import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { packageFile } from '../../../node/kernel/package-root.js'
import { freePorts } from '../../support/free-ports.js'
import { openConnection, requestText } from '../http/connection.js'
import { runChild, startChild, type Child } from './child.js'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bronnet-cli-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Variables of a node that keeps its data in `name` and listens on these ports. */
function nodeVariables(name: string, [publicPort = 0, internalPort = 0]: readonly number[]): Record<string, string> {
  return {
    BRONNET_STRICTMODE: 'false',
    BRONNET_URL: `http://localhost:${publicPort}`,
    BRONNET_STORAGE_URL: `level:${join(directory, name)}`,
    BRONNET_HTTP_PUBLIC_HOST: '127.0.0.1',
    BRONNET_HTTP_PUBLIC_PORT: String(publicPort),
    BRONNET_HTTP_INTERNAL_PORT: String(internalPort),
  }
}

describe('bronnet without a node', () => {
  const runs = { help: runChild(['help']), version: runChild(['--version']), mistake: runChild(['begin']) }

  test('says how it is used, and succeeds', async () => {
    const { status, output, errors } = await runs.help
    expect([status, errors]).toEqual([0, ''])
    expect(output).toMatch(/^Usage: bronnet <command> \[options\]\n/)
    for (const name of ['start', 'check-config', 'health']) expect(output).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  test('says its version', async () => {
    const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }
    expect(await runs.version).toEqual({ status: 0, output: `bronnet ${version}\n`, errors: '' })
  })

  test('ends a mistake with 64, the mistake and the usage', async () => {
    const { status, output, errors } = await runs.mistake
    expect([status, output]).toEqual([64, ''])
    expect(errors).toBe('bronnet: there is no command begin\n\nbronnet help lists the commands.\n')
  })
})

describe('a command for a node that does not run', () => {
  test('ends with 69 and says where it looked', async () => {
    const [port] = await freePorts(1)
    const { status, output, errors } = await runChild(['health', '--node', `http://127.0.0.1:${port}/`])
    expect([status, output]).toEqual([69, ''])
    expect(errors).toBe(`bronnet: no node answers at http://127.0.0.1:${port} (ECONNREFUSED): is it running?\n`)
  })

  test('ends with 64 for an address that is none', async () => {
    const { status, errors } = await runChild(['health', '--node', '127.0.0.1:8081'])
    expect(status).toBe(64)
    expect(errors).toBe('bronnet: --node: give the internal address of a node, such as http://127.0.0.1:8081\n')
  })
})

describe('a configuration', () => {
  const local = packageFile('config', 'local.yaml')

  test('that is bad ends the start with 78 and one line per fault, and nothing is made', async () => {
    const file = join(directory, 'bad.yaml')
    await writeFile(file, 'url: http://localhost\nkeys: { passphrase: geheim }\nmeer: 1\n')
    const { status, output, errors } = await runChild(['start', '--config', file], {
      BRONNET_STORAGE_URL: `level:${join(directory, 'bad')}`,
      BRONNET_PORT: '1',
    })
    expect([status, output]).toEqual([78, ''])
    expect(errors.split('\n')).toEqual([
      'bronnet: BRONNET_PORT: there is no such setting',
      'bronnet: keys.passphrase: must be at least 12 characters long',
      'bronnet: meer: there is no such setting',
      '',
    ])
    expect(errors).not.toContain('geheim')
    await expect(readdir(join(directory, 'bad'))).rejects.toThrow('ENOENT')
  })

  test('that is good is checked without a start, and what it allows is said', async () => {
    // An empty variable names no file.
    const { status, output, errors } = await runChild(['check-config', '--config', local], { BRONNET_CONFIG: '' })
    expect([status, errors]).toEqual([0, ''])
    expect(output.split('\n')).toEqual([
      'The configuration is good.',
      'strictmode is off: this node is for development only',
      'allowed: an http url',
      'allowed: calls over http to this machine',
      'allowed: the passphrase of the keys lies beside them',
      '',
    ])
  })

  test('is the one that BRONNET_CONFIG names, whatever --config says', async () => {
    const missing = join(directory, 'nergens.yaml')
    const { status, errors } = await runChild(['check-config', '--config', local], { BRONNET_CONFIG: missing })
    expect([status, errors]).toEqual([78, `bronnet: ${missing}: does not exist\n`])
  })

  test('with policies that are not there ends the start with 78 and says where it looked', async () => {
    const { status, errors } = await runChild(['start'], {
      ...nodeVariables('policies', await freePorts(2)),
      BRONNET_POLICIES_DIRECTORY: '/nergens',
    })
    expect([status, errors]).toEqual([78, 'bronnet: /nergens: is not a directory that can be read\n'])
  })
})

describe('a node that runs', () => {
  let ports: readonly number[]
  let node: Child
  beforeAll(async () => {
    ports = await freePorts(2)
    node = startChild(['start'], nodeVariables('first', ports))
    await node.logged('node serves')
  })
  afterAll(async () => {
    node.signal('SIGKILL')
    await node.ended
  })

  test('keeps its directory to itself: a second one is refused, and told why', async () => {
    const { status, errors } = await runChild(['start'], nodeVariables('first', await freePorts(2)))
    expect(status).toBe(69)
    expect(errors).toBe(
      `bronnet: storage.url: ${join(directory, 'first', 'store')} is open in another process. Stop that process, or give this node its own directory.\n`,
    )
  })

  test.each([
    ['public', 0],
    ['internal', 1],
  ])('keeps its %s port: another one is refused, and told why', async (which, index) => {
    const others = [...(await freePorts(2))]
    others[index] = ports[index] ?? 0
    const { status, errors } = await runChild(['start'], nodeVariables(`port-${which}`, others))
    expect(status).toBe(78)
    expect(errors).toBe(
      `bronnet: port ${others[index]} on 127.0.0.1 is already in use: choose another, or stop what uses it\n`,
    )
  })

  test('tells its health to a command', async () => {
    const { status, output, errors } = await runChild(['health', '--node', `http://127.0.0.1:${ports[1]}`])
    expect([status, errors]).toEqual([0, ''])
    expect(output).toMatch(/^PART +STATUS +REASON\nnode +UP\nstorage +UP\n/)
  })

  test('is found by its settings', async () => {
    const { status, output } = await runChild(['health', '--json'], nodeVariables('first', ports))
    expect(status).toBe(0)
    expect(JSON.parse(output)).toMatchObject({ status: 'UP' })
  })

  test('stops gracefully at SIGTERM', async () => {
    node.signal('SIGTERM')
    const { status, output, errors } = await node.ended
    expect([status, errors]).toEqual([0, ''])
    const messages = output.split('\n').flatMap((line) => /"msg":"([^"]*)"/.exec(line)?.[1] ?? [])
    expect(messages[0]).toBe('strictmode is off: this node is for development only')
    expect(messages.at(-1)).toBe('node stops')
  })

  test('leaves its data to the next, which stops at once at a second SIGTERM, whatever still runs', async () => {
    const next = startChild(['start'], nodeVariables('first', ports))
    await next.logged('node serves')
    const running = openConnection(ports[0] ?? 0)
    const lines = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 3', 'Expect: 100-continue']
    running.write(requestText('POST', '/oauth2/x/token', lines))
    expect((await running.answer()).status).toBe(100)
    next.signal('SIGTERM')
    await next.logged('node stops')
    next.signal('SIGTERM')
    expect((await next.ended).status).toBe(1)
    await running.closed
    running.end()
  })
})
