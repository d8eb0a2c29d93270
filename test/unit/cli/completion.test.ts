import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commandTable } from '../../../scripts/command-table.js'
import { runHere } from './here.js'

let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bronnet-completion-'))
  writeFileSync(join(directory, 'node.yaml'), '')
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(directory, `bronnet.${shell}`), await scriptFor(shell))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function scriptFor(shell: string): Promise<string> {
  return (await runHere(['completion', shell])).output
}

/** What a shell itself says. */
function runShell(shell: string, script: string, ...words: string[]): string {
  const options = shell === 'bash' ? ['--norc', '-c'] : ['-c']
  const { status, stdout, stderr, error } = spawnSync(shell, [...options, script, ...words], {
    cwd: directory,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: directory },
  })
  expect([error, status, stderr]).toEqual([undefined, 0, ''])
  return stdout
}

function isThere(shell: string): boolean {
  const { error } = spawnSync(shell, ['-c', 'true'])
  if (error !== undefined) process.stderr.write(`${shell} IS NOT HERE: its completion was not tried in it\n`)
  return error === undefined
}

/** The last word is the one that is being typed; it may be empty. */
const offersOf: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  bash: (words) =>
    runShell(
      'bash',
      'source ./bronnet.bash; COMP_WORDS=(bronnet "$@"); COMP_CWORD=$#; _bronnet; printf "%s\\n" "${COMPREPLY[@]}"',
      'bash',
      ...words,
    )
      .split('\n')
      .filter((line) => line !== ''),
  fish: (words) =>
    runShell('fish', 'source ./bronnet.fish; complete -C "$argv[1]"', `bronnet ${words.join(' ')}`)
      .split('\n')
      .flatMap((line) => line.split('\t')[0]?.replace(/^.*=/, '') || []),
}

describe.each(Object.keys(offersOf))('%s completes', (shell) => {
  const here = isThere(shell) ? test : test.skip
  const offers = (...words: string[]): readonly string[] => offersOf[shell]?.(words) ?? []

  here('every command, and what helps beside them', () => {
    const first = new Set(commandTable.map(({ name }) => name.split(' ')[0] ?? ''))
    expect([...offers('')].sort()).toEqual([...first, 'help', 'version'].sort())
  })

  here('every second word of a group', () => {
    const seconds = commandTable.flatMap(({ name }) => (name.startsWith('storage ') ? [name.split(' ')[1] ?? ''] : []))
    expect([...offers('storage', '')].sort()).toEqual([...seconds].sort())
    expect(offers('help', 'storage', 'conf')).toEqual(['confirm-restore'])
  })

  here('the options of the command and no others', () => {
    const { options } = commandTable.find(({ name }) => name === 'storage backup') ?? { options: [] }
    const names = [...options.map(({ name }) => `--${name}`), '--help']
    expect([...offers('storage', 'backup', '--')].sort()).toEqual([...names].sort())
    expect(offers('storage', 'backup', '--config', 'x', '--no')).toEqual(['--node'])
  })

  here('values that are known, files, and nothing where nothing is known', () => {
    expect([...offers('find', '--kind', '')].sort()).toEqual(['datasets', 'parties', 'services'])
    expect(offers('audit', 'export', '--format', 'f')).toEqual(['fhir'])
    expect(offers('start', '--config', 'nod')).toEqual(['node.yaml'])
    expect(offers('credential', 'verify', 'nod')).toEqual(['node.yaml'])
    expect(offers('find', '--role', '')).toEqual([])
    expect([...offers('completion', '')].sort()).toEqual(['bash', 'fish', 'zsh'])
  })
})

describe('bash', () => {
  const here = isThere('bash') ? test : test.skip

  here('completes a value behind =, which it takes for a word of its own', () => {
    expect(offersOf['bash']?.(['find', '--kind', '=', 'pa'])).toEqual(['parties'])
  })
})

describe('zsh', () => {
  const here = isThere('zsh') ? test : test.skip

  here('reads its script', () => {
    expect(runShell('zsh', 'zsh -n ./bronnet.zsh')).toBe('')
  })

  here('is given a description for every option of every command', () => {
    const script = runShell('zsh', 'cat ./bronnet.zsh')
    for (const { options } of commandTable)
      for (const { name, value } of options) expect(script).toContain(`--${name}${value === undefined ? '' : '='}[`)
  })
})

test('another shell is refused, with those that there are', async () => {
  expect(await runHere(['completion', 'csh'])).toMatchObject({
    status: 64,
    errors: expect.stringContaining('give one of bash, zsh, fish'),
  })
  expect((await runHere(['completion', 'constructor'])).status).toBe(64)
})
