import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { CommandFailure } from './command.js'
import { exitStatus } from './exit-status.js'

/**
 * The text of a file, or of standard input for `-`.
 * @param word what the command calls the file, such as `--claims`
 */
export async function readText(file: string, word: string): Promise<string> {
  const found = await findText(file)
  if (found !== undefined) return found
  throw new CommandFailure(exitStatus.usage, [`${word}: ${file} cannot be read`])
}

/** As `readText`; the message never names what was given, which may be the secret itself. */
export async function readSecretText(file: string, word: string): Promise<string> {
  const found = (await findText(file))?.trim()
  if (found !== undefined && found !== '') return found
  throw new CommandFailure(exitStatus.usage, [
    `${word}: give a file that holds it, or - to read it from standard input; never the secret itself`,
  ])
}

async function findText(file: string): Promise<string | undefined> {
  try {
    // Read as a stream: standard input can be a socket, which has no path to open.
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}

export async function readJson(file: string, word: string): Promise<unknown> {
  return parseJson(await readText(file, word), word)
}

export function parseJson(json: string, word: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    throw new CommandFailure(exitStatus.usage, [`${word}: the file does not hold JSON`])
  }
}
