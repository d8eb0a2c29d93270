import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a worker process can be asked: one plain value in, one out. */
type Command = (argument: never) => unknown
type CommandsOf<C> = Readonly<Record<keyof C, Command>>

type Argument<C extends CommandsOf<C>, N extends keyof C> = Parameters<C[N]>[0]
type Result<C extends CommandsOf<C>, N extends keyof C> = Awaited<ReturnType<C[N]>>

/** A process that does one thing at a time when it is asked. */
export interface Worker<C extends CommandsOf<C>> {
  /** @throws Error with the worker's own message, or when the process has ended */
  call<N extends keyof C & string>(name: N, argument: Argument<C, N>): Promise<Result<C, N>>
  /** Lets the process end by itself and returns when it has. */
  end(): Promise<void>
}

interface Question {
  readonly name: string
  readonly argument: unknown
}

type Reply = { readonly value: unknown } | { readonly error: string }

/** Whether processes can be kept on these cores here: there is `taskset`, and this process may use them all. */
export function canPin(cores: readonly number[]): boolean {
  return cores.every((core) => spawnSync('taskset', ['-c', String(core), process.execPath, '-v']).status === 0)
}

/** Starts the worker in `file`, which stands beside this one; with `core` it is kept on that core. */
export function startWorker<C extends CommandsOf<C>>(
  file: string,
  options: { readonly core: number | undefined; readonly nodeOptions?: readonly string[] },
): Worker<C> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const own = [...(options.nodeOptions ?? []), path]
  const [program, words] =
    options.core === undefined
      ? [process.execPath, own]
      : ['taskset', ['-c', String(options.core), process.execPath, ...own]]
  // Standard output goes nowhere, so that a node under test writes its log as it does in use.
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'advanced' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    call: (name, argument) =>
      new Promise((resolve, reject) => {
        const onExit = (): void => reject(new Error(`${file} ended before it answered ${name}`))
        child.once('exit', onExit)
        child.once('message', (reply: Reply) => {
          child.off('exit', onExit)
          if ('error' in reply) reject(new Error(`${file}, ${name}: ${reply.error}`))
          // The worker is our own file, and answers with what its commands return.
          else resolve(reply.value as Result<C, typeof name>)
        })
        const question: Question = { name, argument }
        child.send(question)
      }),
    async end() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}

/** Answers the commands that reach this process, and runs `onEnd` when whoever started it lets go of it. */
export function serveCommands(commands: Readonly<Record<string, Command>>, onEnd: () => Promise<void>): void {
  process.on('message', ({ name, argument }: Question) => {
    void answer(commands, name, argument).then((reply) => process.send?.(reply))
  })
  process.once('disconnect', () => {
    void onEnd()
  })
}

async function answer(commands: Readonly<Record<string, Command>>, name: string, argument: unknown): Promise<Reply> {
  try {
    const command = commands[name]
    if (command === undefined) throw new Error('there is no such command')
    // Sent by `call`, which is typed with these commands.
    return { value: await command(argument as never) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
