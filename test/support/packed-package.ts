import { execFile, type ExecFileOptions } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { packageFile } from '../../node/kernel/package-root.js'
import type { Ran } from './command-process.js'

const run = promisify(execFile)

/** A program of somebody else, in a folder of its own, that has the package as npm would install it. */
export interface PackedPackage {
  readonly directory: string
  /** Files of the package, as they would be published. */
  readonly files: readonly string[]
  /** Checks a program against the types of the package, and gives what the compiler says about it. */
  check(name: string, text: string): Promise<string>
  /** Runs a program in a process of its own. */
  run(name: string, text: string, environment: Readonly<Record<string, string>>): Promise<Ran>
  remove(): Promise<void>
}

/** What applications use of the package needs no more than these of its dependencies. */
const dependencies = ['zod', 'lru-cache', 'jsonld', 'rdf-canonize', '@digitalbazaar', '@types']

/** Builds the package, packs it and lays it out for a program. Takes seconds: once for a test file. */
export async function packPackage(): Promise<PackedPackage> {
  const directory = await mkdtemp(join(tmpdir(), 'bronnet-packed-'))
  const modules = join(directory, 'node_modules')
  const compiler = packageFile('node_modules', '.bin', 'tsc')
  const root = dirname(packageFile('package.json'))
  const staged = join(directory, 'staged')
  await mkdir(staged)
  await mkdir(modules)
  const build = join(directory, 'tsbuildinfo')
  const options = ['--noCheck', '--outDir', join(staged, 'dist'), '--tsBuildInfoFile', build]
  await run(compiler, ['-p', packageFile('tsconfig.build.json'), ...options], { cwd: root })
  for (const name of ['package.json', 'LICENSE', 'README.md', 'policies', 'schemas', 'registry-client'])
    await cp(join(root, name), join(staged, name), { recursive: true })
  const packed = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', directory],
    {
      cwd: staged,
      maxBuffer: 16 * 1024 * 1024,
    },
  )
  const [tarball] = z
    .array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }))
    .parse(JSON.parse(packed.stdout))
  if (tarball === undefined) throw new Error('nothing was packed')
  await mkdir(join(modules, 'bronnet'))
  await run('tar', ['-xzf', join(directory, tarball.filename), '-C', join(modules, 'bronnet'), '--strip-components=1'])
  for (const name of dependencies) await symlink(packageFile('node_modules', name), join(modules, name))
  await rm(staged, { recursive: true })
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'toepassing', type: 'module' }))

  return {
    directory,
    files: tarball.files.map(({ path }) => path).sort(),
    async check(name, text) {
      const file = join(directory, `${name}.ts`)
      await writeFile(file, text)
      const strict = ['--strict', '--noEmit', '--types', 'node', '--module', 'node20', '--target', 'es2023']
      return (await attempt(compiler, [...strict, file], { cwd: directory })).output
    },
    async run(name, text, environment) {
      const file = join(directory, `${name}.mjs`)
      await writeFile(file, text)
      const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...environment }
      return attempt(process.execPath, [file], { cwd: directory, env, timeout: 60_000 })
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

const failureSchema = z.object({ code: z.number().nullable(), stdout: z.string(), stderr: z.string() })

async function attempt(file: string, words: readonly string[], options: ExecFileOptions): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(file, words, { ...options, encoding: 'utf8' })
    return { status: 0, output: stdout, errors: stderr }
  } catch (error) {
    const { code, stdout, stderr } = failureSchema.parse(error)
    return { status: code, output: stdout, errors: stderr }
  }
}

/** The programs in a document: its blocks of a language, in order. */
export async function codeBlocks(path: string, language: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8')
  return Array.from(text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')), ([, code = '']) => code)
}
