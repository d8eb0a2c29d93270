import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { packageFile } from '../../node/kernel/package-root.js'

/** What a command left behind. */
export interface Ran {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Runs `bronnet` with these words in a process of its own, with `input` on its standard input. */
export async function runCommand(
  words: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [packageFile('dist', 'node', 'main.js'), ...words], {
    stdio: 'pipe',
    env: { PATH: process.env['PATH'], ...environment },
  })
  child.stdin.end(input)
  const status = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { status: await status, output, errors }
}
