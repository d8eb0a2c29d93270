import type { Command } from '../../../node/cli/command.js'
import { runLine } from '../../../node/cli/run-line.js'
import { commandTable } from '../../../scripts/command-table.js'
import type { Ran } from '../../support/command-process.js'

/** Runs `bronnet` with these words in this process, where what is tested is not that it starts. */
export async function runHere(words: readonly string[], commands: readonly Command[] = commandTable): Promise<Ran> {
  let [output, errors] = ['', '']
  const terminal = {
    say: (text: string) => void (output += `${text}\n`),
    note: (text: string) => void (errors += `${text}\n`),
  }
  const status = await runLine(words, { commands, terminal, version: '0' })
  return { status, output, errors }
}
