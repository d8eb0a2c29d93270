import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { parse as parseYaml } from 'yaml'
import { parseArguments } from '../../node/cli/arguments.js'
import { CommandFailure } from '../../node/cli/command.js'
import { createCommands } from '../../node/cli/commands.js'
import { openConversation } from '../../node/cli/init/ask.js'
import { checkConfiguration } from '../../node/config.js'
import { unusedDeps } from '../../scripts/command-table.js'

/** What is enough for a node in strict mode. */
export const goodAnswers = ['--yes', '--organization', 'Proef', '--url', 'https://node.voorbeeld.nl']

/** What `bronnet init` left behind. */
export interface Outcome {
  readonly status: number
  readonly output: string
  /** What was asked, as somebody saw it. */
  readonly asked: string
  readonly faults: readonly string[]
}

/** Runs `bronnet init`; with lines, as somebody who types them at a terminal. */
export async function init(
  words: readonly string[],
  lines?: readonly string[],
  deps: { readonly calledAs?: string } = {},
): Promise<Outcome> {
  const input = new PassThrough()
  const output = new PassThrough()
  let asked = ''
  output.on('data', (chunk: Buffer) => {
    asked += chunk.toString()
    // One line for each question, as people do.
    if (/(\?|\[[^\]]*\]) $/.test(chunk.toString())) {
      const next = left.shift()
      if (next === undefined) input.end()
      else input.write(`${next}\n`)
    }
  })
  const left = [...(lines ?? [])]
  const commands = createCommands({
    ...unusedDeps,
    ...deps,
    checkSettings: checkConfiguration,
    findConversation: () => (lines === undefined ? undefined : openConversation({ input, output })),
  })
  const request = parseArguments(commands, ['init', ...words])
  if (request.kind !== 'run') throw new Error(request.kind === 'mistake' ? request.fault : request.kind)
  const said: string[] = []
  const terminal = { say: (text: string) => void said.push(text), note: () => undefined }
  try {
    const status = await request.command.run(request.given, terminal)
    return { status, output: said.join('\n'), asked, faults: [] }
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return { status: error.status, output: said.join('\n'), asked, faults: error.lines }
  }
}

export async function settingsIn(place: string): Promise<Record<string, unknown>> {
  return parseYaml(await readFile(join(place, 'node.yaml'), 'utf8')) as Record<string, unknown>
}
