import { spawn } from 'node:child_process'
import { packageFile } from '../../../node/kernel/package-root.js'

/** `bronnet` in a process of its own. */
export interface Child {
  /** Resolves when it has ended. */
  readonly ended: Promise<Ended>
  /** Resolves when it has logged this message; fails when it ends before that. */
  logged(message: string): Promise<void>
  /** Resolves when it has said something like this on standard error; fails when it ends before that. */
  noted(pattern: RegExp): Promise<void>
  signal(name: NodeJS.Signals): void
}

/** How a process ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Starts `bronnet` with these words and these variables, and nothing else of this environment. */
export function startChild(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
  const child = spawn(process.execPath, [packageFile('dist', 'node', 'main.js'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...environment },
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, output, errors }))
  })
  return {
    ended,
    signal: (name) => void child.kill(name),
    async noted(pattern) {
      while (!pattern.test(errors)) {
        const next = new Promise((resolve) => child.stderr.once('data', resolve))
        const early = await Promise.race([next, ended])
        if (child.exitCode !== null) throw new Error(`ended early: ${JSON.stringify(early)}`)
      }
    },
    async logged(message) {
      while (!output.includes(`"msg":"${message}"`)) {
        const next = new Promise((resolve) => child.stdout.once('data', resolve))
        const early = await Promise.race([next, ended])
        if (child.exitCode !== null) throw new Error(`ended early: ${JSON.stringify(early)}`)
      }
    },
  }
}

/** Runs `bronnet` to its end. */
export function runChild(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return startChild(words, environment).ended
}
